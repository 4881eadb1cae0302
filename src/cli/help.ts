import type { Command, CommandDefinition } from './command.ts';
import { globalFlags } from './command.ts';
import { type CommandGroup, commandGroups } from './command-table.ts';
import type { Flags } from './flag.ts';

/** The overview: every command with one line. */
export function formatOverview(): string {
  const width = Math.max(...commandGroups.flatMap(({ commands }) => commands.map(({ name }) => name.length)));
  return [
    'Usage:  plinth [OPTIONS] COMMAND',
    '',
    'Builds root file systems and delivers them as images, containers, tars and disks, without a daemon.',
    '',
    ...commandGroups.flatMap((group) => [...formatGroup(group, width), '']),
    'Options:',
    ...formatFlags({ ...globalFlags, ...versionFlag }),
    '',
    "Run 'plinth COMMAND --help' for more on a command.",
    '',
  ].join('\n');
}

/** The flag that stands only before a command; the overview shows it, `runCli` reads it. */
const versionFlag: Flags = {
  version: { short: 'v', help: 'Print the version', initial: false, read: () => true },
};

/** The commands whose name starts with `word`, for `plinth dockerfile` alone. */
export function formatPrefix(word: string): string {
  const commands = commandGroups.flatMap((group) => group.commands).filter(({ name }) => name.startsWith(`${word} `));
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [`Usage:  plinth ${word} COMMAND`, '', ...formatGroup({ title: '', commands }, width).slice(1), ''].join('\n');
}

/** The help of one command. */
export function formatCommandHelp({ definition }: Command): string {
  const { name, usage, description, notes = [], flags } = definition;
  return [
    `Usage:  plinth ${name} ${usage}`.trimEnd(),
    '',
    description,
    ...formatOptions(flags),
    ...(notes.length === 0 ? [] : ['', ...notes]),
    '',
  ].join('\n');
}

function formatOptions(flags: CommandDefinition<Flags>['flags']): string[] {
  const own = Object.keys(flags).length === 0 ? [] : ['', 'Options:', ...formatFlags(flags)];
  const global = Object.entries(globalFlags).filter(([name]) => !(name in flags));
  return [...own, '', 'Global options:', ...formatFlags(Object.fromEntries(global))];
}

function formatGroup({ title, commands }: CommandGroup, width: number): string[] {
  return [`${title}:`, ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)];
}

function formatFlags(flags: Flags): string[] {
  const rows = Object.entries(flags).map(([name, flag]) => {
    const short = flag.short === undefined ? '    ' : `-${flag.short}, `;
    return [`  ${short}--${name}${flag.value === undefined ? '' : ` ${flag.value}`}`, flag.help] as const;
  });
  const width = Math.max(...rows.map(([left]) => left.length).filter((length) => length <= MAX_FLAG_COLUMN));
  return rows.flatMap(([left, help]) =>
    left.length <= width ? [`${left.padEnd(width)}   ${help}`] : [left, `${' '.repeat(width)}   ${help}`],
  );
}

/** A flag longer than this has its text on a line of its own. */
const MAX_FLAG_COLUMN = 32;

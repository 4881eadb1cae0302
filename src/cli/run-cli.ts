import { isPlinthError, nearMiss } from '../errors/index.ts';
import type { Cli } from './cli.ts';
import { ClosedOutput } from './closed-output.ts';
import { type Command, type Globals, globalFlags } from './command.ts';
import { parseCommandLine } from './command-line.ts';
import { type CommandEntry, commandEntries } from './command-table.ts';
import { isUsageError, usageError } from './error.ts';
import { toggle } from './flag.ts';
import { formatError } from './render/error.ts';
import { styleFor } from './render/style.ts';
import { plinthVersion } from './version.ts';

/** The exit status of a wrong command line, of a failure, and of a command whose reader has gone (128 + SIGPIPE). */
const USAGE_STATUS = 2;
const FAILURE_STATUS = 1;
const CLOSED_OUTPUT_STATUS = 141;
const SIGNAL_STATUS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs the command that `argv` names, prints what went wrong, and gives the exit status.
 *
 * Only what the command needs is loaded.
 */
export async function runCli(argv: readonly string[], cli: Cli): Promise<number> {
  const globals: Globals = { root: undefined, debug: false };
  let command: Command | undefined;
  try {
    const line = parseCommandLine({ ...globalFlags, version: toggle('', 'v') }, argv, { stopAtOperand: true });
    globals.root = line.flags.root;
    globals.debug = line.flags.debug;
    if (line.flags.version) return print(cli, `plinth ${plinthVersion()}\n`);
    const found = findCommand(line.operands);
    if (line.help || found.kind === 'help') return await printHelp(found, cli);
    command = (await found.entry.load()).command;
    const status = await command.execute(found.rest, globals, cli);
    if (status !== 'help') return status;
    return await printHelp({ kind: 'help', words: [found.entry.name] }, cli);
  } catch (error) {
    return renderFailure(error, command, { globals, cli });
  }
}

type Found =
  | { readonly kind: 'command'; readonly entry: CommandEntry; readonly rest: readonly string[] }
  | { readonly kind: 'help'; readonly words: readonly string[] };

function findCommand(words: readonly string[]): Found {
  const [first, second] = words;
  if (first === undefined || first === 'help') return { kind: 'help', words: words.slice(1) };
  const entries = commandEntries();
  const pair = second === undefined ? undefined : entries.find(({ name }) => name === `${first} ${second}`);
  if (pair !== undefined) return { kind: 'command', entry: pair, rest: words.slice(2) };
  const single = entries.find(({ name }) => name === first);
  if (single !== undefined) return { kind: 'command', entry: single, rest: words.slice(1) };
  if (!entries.some(({ name }) => name.startsWith(`${first} `))) throw unknownCommand(first, firstWords(entries));
  if (second === undefined || second.startsWith('-')) return { kind: 'help', words: [first] };
  throw unknownCommand(
    `${first} ${second}`,
    entries.map(({ name }) => name),
  );
}

function firstWords(entries: readonly CommandEntry[]): Set<string> {
  return new Set(entries.map(({ name }) => name.split(' ', 1)[0] ?? name));
}

function unknownCommand(name: string, candidates: Iterable<string>): Error {
  const near = nearMiss(name, candidates);
  const hint = near === undefined ? "Run 'plinth --help' for the list of commands." : `Did you mean 'plinth ${near}'?`;
  return usageError('usage-command', `plinth: there is no command ${JSON.stringify(name)}`, hint);
}

async function printHelp(found: Found, cli: Cli): Promise<number> {
  const help = await import('./help.ts');
  const name = found.kind === 'command' ? found.entry.name : found.words.join(' ');
  if (name === '') return print(cli, help.formatOverview());
  const entries = commandEntries();
  const entry = entries.find((candidate) => candidate.name === name);
  if (entry !== undefined) return print(cli, help.formatCommandHelp((await entry.load()).command));
  if (entries.some((candidate) => candidate.name.startsWith(`${name} `))) return print(cli, help.formatPrefix(name));
  throw unknownCommand(
    name,
    entries.map((candidate) => candidate.name),
  );
}

function print(cli: Cli, text: string): number {
  cli.stdout.write(text);
  return 0;
}

interface Failure {
  readonly globals: Globals;
  readonly cli: Cli;
}

function renderFailure(error: unknown, command: Command | undefined, { globals, cli }: Failure): number {
  if (error instanceof ClosedOutput) return CLOSED_OUTPUT_STATUS;
  const style = styleFor(cli.stderr, cli.env);
  if (cli.interrupt.aborted) {
    cli.stderr.write(`${style.yellow('interrupted')}\n`);
    return SIGNAL_STATUS[cli.interrupt.reason as keyof typeof SIGNAL_STATUS] ?? FAILURE_STATUS;
  }
  cli.stderr.write(formatError(error, { style, debug: globals.debug }));
  if (!isPlinthError(error)) return command?.failureStatus ?? FAILURE_STATUS;
  const usage = isUsageError(error);
  if (usage && command !== undefined) cli.stderr.write(`See 'plinth ${command.name} --help'.\n`);
  const { exitStatus } = error.details;
  if (typeof exitStatus === 'number') return exitStatus;
  return command?.failureStatus ?? (usage ? USAGE_STATUS : FAILURE_STATUS);
}

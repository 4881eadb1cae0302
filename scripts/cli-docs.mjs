// Brings the help of every command into docs/cli.md; the words and examples around it are kept. Run it with the pinned Node.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { commandEntries } from '../src/cli/command-table.ts';
import { formatCommandHelp, formatOverview } from '../src/cli/help.ts';

export const CLI_DOCS_PATH = resolve(import.meta.dirname, '../docs/cli.md');

/** The text of docs/cli.md with sections in the order of the overview, each with the help that the program prints now. */
export async function cliDocs(text) {
  const [head = '', ...sections] = text.split(/^(?=## plinth )/m);
  const written = new Map(sections.map((section) => [/^## plinth (.*)$/m.exec(section)?.[1], section]));
  const entries = await Promise.all(
    commandEntries().map(async ({ name, load }) => {
      const section = written.get(name) ?? `## plinth ${name}\n\n\`\`\`text\n\`\`\`\n`;
      return withHelp(section, withoutGlobals(formatCommandHelp((await load()).command)));
    }),
  );
  return `${[withHelp(head, formatOverview()), ...entries].map((part) => part.trimEnd()).join('\n\n')}\n`;
}

/** The first `text` block of the section shows `help`. */
function withHelp(section, help) {
  return section.replace(/^```text\n[\s\S]*?^```$/m, () => `\`\`\`text\n${help.trimEnd()}\n\`\`\``);
}

/** They are the same for every command, and stand in the overview. */
function withoutGlobals(help) {
  return help.replace(/^Global options:\n(?: .*\n)+\n?/m, '').trimEnd();
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(CLI_DOCS_PATH, await cliDocs(readFileSync(CLI_DOCS_PATH, 'utf8')));
}

import { nearMiss } from '../../errors/index.ts';
import type { Cli } from '../cli.ts';
import { type Command, defineCommand } from '../command.ts';
import { commandEntries } from '../command-table.ts';
import { usageError } from '../error.ts';
import { toggle } from '../flag.ts';
import { type Questions, withQuestions } from '../questions.ts';

const PREFIX = 'new ';

/** What is asked for each recipe after the directory: words of its command line, none for an empty answer. */
const OPERANDS: Readonly<Record<string, string>> = {
  app: 'Program (a path, or a name on PATH)',
  base: 'Tar of the root file system',
};

export const command: Command = defineCommand({
  name: 'new',
  usage: '[OPTIONS] [RECIPE DIR ...]',
  description: 'Make the build context of an image from nothing, small and with comments, to build and to change.',
  notes: ['Without anything it lists the recipes. plinth new RECIPE --help tells what each of them takes.'],
  flags: {
    list: toggle('List the recipes'),
    ask: toggle('Ask on the terminal what to make'),
  },
  operands: { min: 0, max: 1 },
  async run({ flags, operands: [name], root }, cli) {
    if (name !== undefined) throw unknownRecipe(name);
    if (!flags.ask) {
      cli.stdout.write(formatRecipes());
      return 0;
    }
    if (!cli.stdinIsTerminal) throw usageError('usage-flag', 'read --ask: standard input is no terminal');
    const words = await withQuestions(cli, askForWords);
    cli.stderr.write(`plinth new ${words.join(' ')}\n`);
    return runRecipe(words, root, cli);
  },
});

function recipes(): { readonly name: string; readonly summary: string }[] {
  const entries = commandEntries().filter(({ name }) => name.startsWith(PREFIX));
  return entries.map(({ name, summary }) => ({ name: name.slice(PREFIX.length), summary }));
}

function formatRecipes(): string {
  const all = recipes();
  const width = Math.max(...all.map(({ name }) => name.length));
  return all.map(({ name, summary }) => `${name.padEnd(width)}   ${summary}\n`).join('');
}

async function askForWords(questions: Questions): Promise<string[]> {
  const names = recipes().map(({ name }) => name);
  const recipe = await questions.choose(formatRecipes(), 'Recipe', names);
  const directory = await questions.ask('Directory to make', recipe);
  const operand = OPERANDS[recipe];
  const more = operand === undefined ? [] : [await questions.ask(operand)];
  return [recipe, directory, ...more];
}

async function runRecipe([recipe, ...words]: readonly string[], root: string | undefined, cli: Cli): Promise<number> {
  const entry = commandEntries().find(({ name }) => name === `${PREFIX}${recipe}`);
  if (entry === undefined) throw unknownRecipe(recipe ?? '');
  const { command: made } = await entry.load();
  const status = await made.execute(['--', ...words], { root, debug: false }, cli);
  return status === 'help' ? 0 : status;
}

function unknownRecipe(name: string): Error {
  const names = recipes().map((recipe) => recipe.name);
  const near = nearMiss(name, names);
  const hint = near === undefined ? `Recipes are ${names.join(', ')}.` : `Did you mean 'plinth new ${near}'?`;
  return usageError('usage-command', `plinth new: there is no recipe ${JSON.stringify(name)}`, hint);
}

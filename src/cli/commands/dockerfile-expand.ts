import { type Command, defineCommand } from '../command.ts';
import { usageError } from '../error.ts';
import { readInput } from '../input-file.ts';

export const command: Command = defineCommand({
  name: 'dockerfile expand',
  usage: '[FILE|-]',
  description:
    'Read a JSON array of {word, env, mode: "word"|"words"} and print {value}, {values} or {error} for each.',
  flags: {},
  operands: { min: 0, max: 1 },
  async run({ operands: [file = '-'] }, cli) {
    const content = await readInput(file, cli);
    const sdk = await cli.sdk();
    cli.stdout.write(`${JSON.stringify(sdk.expandWords(parseJson(content, file)))}\n`);
    return 0;
  },
});

function parseJson(content: Buffer, file: string): unknown {
  try {
    return JSON.parse(content.toString());
  } catch (error) {
    const fact = error instanceof Error ? error.message : String(error);
    throw usageError('usage-operands', `read ${file}: it is not JSON: ${fact}`);
  }
}

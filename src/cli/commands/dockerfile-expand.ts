import { type Command, defineCommand } from '../command.ts';
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
    cli.stdout.write(sdk.expandDockerfileWords(content.toString()));
    return 0;
  },
});

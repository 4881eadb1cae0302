import { type Command, defineCommand } from '../command.ts';
import { readInput } from '../input-file.ts';
import { withSource } from '../source-error.ts';

export const command: Command = defineCommand({
  name: 'dockerfile parse',
  usage: '[FILE|-]',
  description: 'Print what a Dockerfile (default: ./Dockerfile) says, as a JSON array with one object per instruction.',
  flags: {},
  operands: { min: 0, max: 1 },
  async run({ operands: [file = 'Dockerfile'] }, cli) {
    const content = await readInput(file, cli);
    const sdk = await cli.sdk();
    const text = content.toString();
    cli.stdout.write(withSource(text, file, () => sdk.parseDockerfile(text)));
    return 0;
  },
});

import { type Command, defineCommand } from '../command.ts';
import { text, texts } from '../flag.ts';
import { streamInput } from '../input-file.ts';

export const command: Command = defineCommand({
  name: 'import',
  usage: '[OPTIONS] FILE|- [NAME[:TAG]]',
  description: 'Make an image of a root file system tar, compressed or not, and print its id.',
  flags: {
    change: texts('INSTRUCTION', 'Apply a Dockerfile instruction (CMD, ENV, …) to the image', 'c'),
    message: text('TEXT', 'Set the comment of the image', 'm'),
    platform: text('OS/ARCH', 'Set the platform of the image'),
  },
  operands: { min: 1, max: 2 },
  async run({ flags, operands: [file = '-', name], root }, cli) {
    const sdk = await cli.sdk();
    const { change: changes, message, platform } = flags;
    const source = streamInput(file, cli);
    const { imageId } = await sdk.importImage({ root, source, name, changes, message, platform });
    cli.stdout.write(`${imageId}\n`);
    return 0;
  },
});

import { type Command, defineCommand } from '../command.ts';
import { toggle } from '../flag.ts';
import { forEachOperand } from '../for-each-operand.ts';

export const command: Command = defineCommand({
  name: 'rmi',
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  description: 'Remove names of images; with its last name an image goes, too.',
  flags: { force: toggle('Remove an image with all its names', 'f') },
  operands: { min: 1 },
  async run({ flags, operands, root }, cli) {
    const sdk = await cli.sdk();
    return forEachOperand(operands, cli, async (image) => {
      const { untagged, deleted } = await sdk.removeImage({ root, image, force: flags.force });
      const lines = [...untagged.map((name) => `Untagged: ${name}`), ...deleted.map((id) => `Deleted: ${id}`)];
      cli.stdout.write(lines.map((line) => `${line}\n`).join(''));
    });
  },
});

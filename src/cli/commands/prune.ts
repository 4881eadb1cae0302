import { type Command, defineCommand } from '../command.ts';
import { toggle } from '../flag.ts';
import { formatSize } from '../render/human.ts';

export const command: Command = defineCommand({
  name: 'prune',
  usage: '[OPTIONS]',
  description:
    'Remove what nothing uses: leftovers, images without a name, snapshots and build records without an image.',
  flags: { all: toggle('Remove images that no container uses and the whole build cache, too', 'a') },
  operands: { min: 0, max: 0 },
  async run({ flags, root }, cli) {
    const sdk = await cli.sdk();
    const { removed, freedBytes } = await sdk.pruneStore({ root, all: flags.all });
    cli.stdout.write(removed.map((name) => `${name}\n`).join(''));
    cli.stderr.write(`Total reclaimed space: ${formatSize(freedBytes)}\n`);
    return 0;
  },
});

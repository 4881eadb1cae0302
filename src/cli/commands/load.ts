import { type Command, defineCommand } from '../command.ts';
import { text, toggle } from '../flag.ts';
import { streamInput } from '../input-file.ts';

export const command: Command = defineCommand({
  name: 'load',
  usage: '[OPTIONS]',
  description: 'Read images from a docker archive or an OCI archive, compressed or not.',
  flags: {
    input: text('FILE', 'Read FILE instead of standard input', 'i'),
    quiet: toggle('Print nothing', 'q'),
  },
  operands: { min: 0, max: 0 },
  async run({ flags, root }, cli) {
    const sdk = await cli.sdk();
    const names = await sdk.loadImages({ root, source: streamInput(flags.input, cli) });
    if (!flags.quiet) cli.stdout.write(names.map((name) => `Loaded image: ${name}\n`).join(''));
    return 0;
  },
});

import { type Command, defineCommand } from '../command.ts';
import { choice, text } from '../flag.ts';
import { writeResult } from '../result-file.ts';

export const command: Command = defineCommand({
  name: 'save',
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  description: 'Write images as an archive, to standard output or a file.',
  flags: {
    output: text('FILE', 'Write to FILE instead of standard output', 'o'),
    format: choice(['docker', 'oci'], { help: 'What `docker load` reads, or an OCI layout', initial: 'docker' }),
  },
  operands: { min: 1 },
  async run({ flags, operands, root }, cli) {
    const sdk = await cli.sdk();
    await writeResult(flags.output, cli, (write) =>
      sdk.saveImages({ root, images: operands, format: flags.format, write }),
    );
    return 0;
  },
});

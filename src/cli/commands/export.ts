import { type Command, defineCommand } from '../command.ts';
import { text } from '../flag.ts';
import { writeResult } from '../result-file.ts';

export const command: Command = defineCommand({
  name: 'export',
  usage: '[OPTIONS] CONTAINER',
  description: "Write a container's file system as a tar, to standard output or a file.",
  flags: { output: text('FILE', 'Write to FILE instead of standard output', 'o') },
  operands: { min: 1, max: 1 },
  async run({ flags, operands: [container = ''], root }, cli) {
    const sdk = await cli.sdk();
    await writeResult(flags.output, cli, (write) => sdk.exportContainer({ root, container, write }));
    return 0;
  },
});

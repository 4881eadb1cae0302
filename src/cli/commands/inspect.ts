import { type Command, defineCommand } from '../command.ts';
import { choice } from '../flag.ts';
import { forEachOperand } from '../for-each-operand.ts';
import { formatJson, formatJsonLines } from '../render/json.ts';

export const command: Command = defineCommand({
  name: 'inspect',
  usage: '[OPTIONS] NAME|ID [NAME|ID...]',
  description: 'Show images and containers in full, as a JSON array.',
  flags: {
    format: choice(['pretty', 'json'], {
      help: 'An indented array, or the array on one line',
      initial: 'pretty',
      short: 'f',
    }),
  },
  operands: { min: 1 },
  async run({ flags, operands, root }, cli) {
    const sdk = await cli.sdk();
    const found: unknown[] = [];
    try {
      await forEachOperand(operands, cli, async (name) => {
        found.push(await sdk.inspectObject({ root, name }));
      });
    } finally {
      // What was found is printed also when another name was not.
      cli.stdout.write(flags.format === 'json' ? formatJsonLines([found]) : formatJson(found));
    }
    return 0;
  },
});

import { type Command, defineCommand } from '../command.ts';
import { toggle } from '../flag.ts';
import { forEachOperand } from '../for-each-operand.ts';

export const command: Command = defineCommand({
  name: 'rm',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  description: 'Remove containers that do not run.',
  flags: { force: toggle('Kill a container that runs', 'f') },
  operands: { min: 1 },
  async run({ flags, operands, root }, cli) {
    const sdk = await cli.sdk();
    return forEachOperand(operands, cli, async (container) => {
      await sdk.removeContainer({ root, container, force: flags.force });
      cli.stdout.write(`${container}\n`);
    });
  },
});

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Cli } from '../cli.ts';
import { type Command, defineCommand } from '../command.ts';
import { readInput } from '../input-file.ts';
import { withSource } from '../source-error.ts';

export const command: Command = defineCommand({
  name: 'dockerfile parse',
  usage: '[FILE|-]',
  description: 'Print what a Dockerfile says, as a JSON array with one object per instruction.',
  notes: ['Without FILE it reads ./Dockerfile, or standard input where there is none; - is standard input.'],
  flags: {},
  operands: { min: 0, max: 1 },
  async run({ operands: [operand] }, cli) {
    const file = operand ?? defaultFile(cli);
    const content = await readInput(file, cli);
    const sdk = await cli.sdk();
    const text = content.toString();
    cli.stdout.write(withSource(text, file, () => sdk.parseDockerfile(text)));
    return 0;
  },
});

/** Nobody types a Dockerfile: at a terminal it is the missing file that is to be told of. */
function defaultFile(cli: Cli): string {
  return cli.stdinIsTerminal || existsSync(resolve(cli.cwd, 'Dockerfile')) ? 'Dockerfile' : '-';
}

import { isPlinthError } from '../errors/index.ts';
import type { Cli } from './cli.ts';
import { formatError } from './render/error.ts';
import { styleFor } from './render/style.ts';

/**
 * Does `work` on every operand, also after one has failed, as Docker does; every failure is printed but the last,
 * which is thrown. Gives the exit status 0.
 */
export async function forEachOperand(
  operands: readonly string[],
  cli: Cli,
  work: (operand: string) => Promise<void>,
): Promise<number> {
  let failure: unknown;
  for (const operand of operands) {
    try {
      await work(operand);
    } catch (error) {
      if (!isPlinthError(error)) throw error;
      if (failure !== undefined)
        cli.stderr.write(formatError(failure, { style: styleFor(cli.stderr, cli.env), debug: false }));
      failure = error;
    }
  }
  if (failure !== undefined) throw failure;
  return 0;
}

import { resolve } from 'node:path';
import type { Cli } from './cli.ts';
import { usageError } from './error.ts';

type Write = (chunk: Uint8Array) => void;

/**
 * Lets `work` write its bytes to `file`, or to standard output if there is none (or it is `-`).
 *
 * A file appears whole or not at all; special files such as /dev/null take the bytes themselves.
 *
 * @throws PlinthError `usage-flag` (bytes for a terminal), `host-write-failed`, and what `work` throws
 */
export async function writeResult(
  file: string | undefined,
  cli: Cli,
  work: (write: Write) => Promise<void>,
): Promise<void> {
  if (file !== undefined && file !== '-') return writeFile(resolve(cli.cwd, file), work);
  refuseTerminal(cli);
  await work((chunk) => cli.stdout.write(chunk));
}

/** @throws PlinthError `usage-flag` if standard output is a terminal: an archive would only upset it */
export function refuseTerminal(cli: Cli): void {
  if (!cli.stdout.isTerminal) return;
  throw usageError(
    'usage-flag',
    'write archive: standard output is a terminal',
    'Use -o FILE, or redirect the output.',
  );
}

async function writeFile(path: string, work: (write: Write) => Promise<void>): Promise<void> {
  // Only here: most commands that can write to a file are asked for standard output.
  const { writeOutputFile, writeWhole } = await import('../host/index.ts');
  await writeOutputFile(path, (fd) => work((chunk) => writeWhole(fd, chunk)));
}

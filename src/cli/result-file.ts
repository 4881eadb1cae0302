import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { PlinthError, systemErrorCode } from '../errors/index.ts';
import type { Cli } from './cli.ts';
import { usageError } from './error.ts';

type Write = (chunk: Uint8Array) => void;

/**
 * Lets `work` write its bytes to `file`, or to standard output if there is none (or it is `-`).
 *
 * A file appears whole or not at all.
 *
 * @throws PlinthError `usage-flag` (bytes for a terminal), `result-write-failed`, and what `work` throws
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
  const partial = `${path}.partial-${process.pid}`;
  const fd = attempt(path, () => openSync(partial, 'wx'));
  try {
    try {
      await work((chunk) => attempt(path, () => writeAll(fd, chunk)));
      attempt(path, () => fsyncSync(fd));
    } finally {
      closeSync(fd);
    }
    attempt(path, () => renameSync(partial, path));
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

function writeAll(fd: number, chunk: Uint8Array): void {
  for (let written = 0; written < chunk.length; ) written += writeSync(fd, chunk, written);
}

function attempt<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    const fact = systemErrorCode(error) ?? String(error);
    throw new PlinthError(`write ${path}: ${fact}`, { code: 'result-write-failed', cause: error, details: { path } });
  }
}

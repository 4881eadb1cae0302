import { createReadStream, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { errorFact, PlinthError } from '../errors/index.ts';
import type { Cli } from './cli.ts';
import type { CliErrorCode } from './error.ts';

/** The whole of `file`, or of standard input if it is `-`. @throws PlinthError `input-read-failed` */
export async function readInput(file: string, cli: Cli): Promise<Buffer> {
  if (file !== '-') return attempt(file, () => readFileSync(resolve(cli.cwd, file)));
  const chunks: Uint8Array[] = [];
  for await (const chunk of cli.stdin()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The text of `file`. @throws PlinthError `input-read-failed` */
export function readTextFile(file: string, cwd: string): string {
  return attempt(file, () => readFileSync(resolve(cwd, file), 'utf8'));
}

/** The bytes of `file`, or of standard input if there is none (or it is `-`), as they come. @throws PlinthError `input-read-failed` */
export async function* streamInput(file: string | undefined, cli: Cli): AsyncGenerator<Uint8Array> {
  if (file === undefined || file === '-') return yield* cli.stdin();
  try {
    yield* createReadStream(resolve(cli.cwd, file), { highWaterMark: 1 << 20 });
  } catch (error) {
    throw readError(file, error);
  }
}

function attempt<T>(file: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw readError(file, error);
  }
}

function readError(file: string, error: unknown): PlinthError<CliErrorCode> {
  return new PlinthError(`read ${file}: ${errorFact(error)}`, {
    code: 'input-read-failed',
    cause: error,
    details: { path: file },
  });
}

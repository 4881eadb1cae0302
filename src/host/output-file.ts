import { randomBytes } from 'node:crypto';
import { closeSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { hostError } from './host-errors.ts';

/**
 * Lets `write` fill a new file beside `path` and puts that in place of it when it is whole; if `write` throws, nothing is
 * left and what was at `path` stays. Special files such as /dev/null and pipes take the bytes themselves.
 *
 * @throws PlinthError `host-write-failed`, and whatever `write` throws
 */
export async function writeOutputFile<Result>(
  path: string,
  write: (fd: number) => Promise<Result> | Result,
): Promise<Result> {
  const isPlain = statSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
  const temporary = isPlain ? join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`) : path;
  let fd: number | undefined;
  try {
    fd = openSync(temporary, isPlain ? 'wx' : 'w', 0o644);
    const result = await write(fd);
    closeSync(fd);
    fd = undefined;
    if (isPlain) renameSync(temporary, path);
    return result;
  } catch (cause) {
    if (fd !== undefined) closeSync(fd);
    if (isPlain) rmSync(temporary, { force: true });
    throw hostError(cause, { action: 'write', path, code: 'host-write-failed' });
  }
}

/** Writes all of `chunk` at `positionBytes`, or where the file stands; one call may take fewer bytes. */
export function writeWhole(fd: number, chunk: Uint8Array, positionBytes?: number): void {
  for (let done = 0; done < chunk.length; ) {
    const position = positionBytes === undefined ? null : positionBytes + done;
    done += writeSync(fd, chunk, done, chunk.length - done, position);
  }
}

import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { encodeText } from '../bytes/index.ts';
import { hostError } from './host-errors.ts';

let counter = 0;

/**
 * Puts `data` into the file at `path` as a whole: a reader finds the old bytes or the new ones, also after a kill. With
 * `fsync` the new ones also outlast a power cut from the moment this returns.
 *
 * @throws PlinthError `host-write-failed`; the old file is then as it was
 */
export function writeFileAtomic(
  path: string,
  data: Uint8Array | string,
  { fsync = false, mode = 0o644 }: { readonly fsync?: boolean; readonly mode?: number } = {},
): void {
  counter += 1;
  const temporary = `${path}.${process.pid}.${counter}.tmp`;
  try {
    writeFileSync(temporary, data, { flag: 'wx', mode, flush: fsync });
    renameSync(temporary, path);
    if (fsync) syncDirectory(dirname(path));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw hostError(error, { action: 'write', path: encodeText(path), code: 'host-write-failed' });
  }
}

function syncDirectory(directory: string): void {
  const fd = openSync(directory, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

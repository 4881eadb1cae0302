import { closeSync, constants, openSync } from 'node:fs';
import type { ByteString } from '../bytes/index.ts';
import type { Extent } from '../tree/index.ts';
import { hostError } from './host-errors.ts';
import { hostPath } from './host-path.ts';
import { lastError, lastErrorName, libc } from './libc.ts';

const SEEK_DATA = 3;
const SEEK_HOLE = 4;

/** The most runs of data a file is described by; one more broken up is read as if it had no holes. */
const EXTENT_LIMIT = 65_536;

/**
 * Where the data of the file at `path` lies (lseek(2), SEEK_DATA); undefined if it has no holes.
 *
 * @throws PlinthError `host-read-failed`
 */
export function dataExtents(path: ByteString, sizeBytes: number): Extent[] | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(hostPath(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    return readExtents(fd, path, sizeBytes);
  } catch (error) {
    throw hostError(error, { action: 'read', path });
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function readExtents(fd: number, path: ByteString, sizeBytes: number): Extent[] | undefined {
  const extents: Extent[] = [];
  for (let position = 0; position < sizeBytes; ) {
    const start = seek(fd, position, SEEK_DATA, path);
    if (start === undefined || start >= sizeBytes) break;
    const end = Math.min(seek(fd, start, SEEK_HOLE, path) ?? sizeBytes, sizeBytes);
    if ((start === 0 && end === sizeBytes) || extents.length === EXTENT_LIMIT) return undefined;
    extents.push({ offsetBytes: start, lengthBytes: end - start });
    position = end;
  }
  return extents;
}

function seek(fd: number, position: number, whence: number, path: ByteString): number | undefined {
  const found = libc().lseek(fd, position, whence);
  if (found >= 0) return found;
  // No data from there to the end.
  if (lastErrorName() === 'ENXIO') return undefined;
  throw lastError({ action: 'find the holes of', path });
}

import { futimesSync, lutimesSync } from 'node:fs';
import type { ByteString } from '../bytes/index.ts';
import { hostError } from './host-errors.ts';
import { hostPath } from './host-path.ts';
import { cString, lastError, libc } from './libc.ts';

const NS_PER_SECOND = 1_000_000_000n;
const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;

/** Two `struct timespec`: access time, modification time. One is enough for all calls: they are synchronous. */
const TIMES = new BigInt64Array(4);
const TIMES_BYTES: Buffer = Buffer.from(TIMES.buffer);

/**
 * Sets the access and modification time of what is at `path`, to the nanosecond, not following it if it is a link.
 *
 * @throws PlinthError `host-write-failed`
 */
export function utimensNs(path: ByteString, mtimeNs: bigint): void {
  const seconds = wholeSeconds(mtimeNs);
  if (seconds === undefined) {
    if (libc().utimensat(AT_FDCWD, cString(path), timespecs(mtimeNs), AT_SYMLINK_NOFOLLOW) === 0) return;
    throw lastError({ action: 'set the time of', path, code: 'host-write-failed' });
  }
  try {
    lutimesSync(hostPath(path), seconds, seconds);
  } catch (error) {
    throw hostError(error, { action: 'set the time of', path, code: 'host-write-failed' });
  }
}

/**
 * Like {@link utimensNs} for an open file; `path` is for the error.
 *
 * @throws PlinthError `host-write-failed`
 */
export function futimensNs(fd: number, mtimeNs: bigint, path: ByteString): void {
  const seconds = wholeSeconds(mtimeNs);
  if (seconds !== undefined) futimesSync(fd, seconds, seconds);
  else if (libc().futimens(fd, timespecs(mtimeNs)) !== 0) {
    throw lastError({ action: 'set the time of', path, code: 'host-write-failed' });
  }
}

/** Node's calls take floating seconds: exact for whole ones, which need no native library; negative ones it takes as now. */
function wholeSeconds(mtimeNs: bigint): number | undefined {
  return mtimeNs >= 0n && mtimeNs % NS_PER_SECOND === 0n ? Number(mtimeNs / NS_PER_SECOND) : undefined;
}

function timespecs(mtimeNs: bigint): Buffer {
  // The nanoseconds of a timespec count forward from the second, also before 1970.
  const rest = ((mtimeNs % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND;
  const seconds = (mtimeNs - rest) / NS_PER_SECOND;
  TIMES.set([seconds, rest, seconds, rest]);
  return TIMES_BYTES;
}

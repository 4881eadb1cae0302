import { lastError, lastErrorName, libc } from './libc.ts';

const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;

/**
 * Locks the open file (flock(2)): any number of `shared` holders or one `exclusive`. The lock ends when the file is
 * closed, so also when this process is killed. With `wait` this thread sleeps until it has the lock; without, returns
 * whether it got it.
 *
 * @throws PlinthError `host-write-failed`
 */
export function lockFile(fd: number, mode: 'shared' | 'exclusive', wait: boolean): boolean {
  const operation = (mode === 'shared' ? LOCK_SH : LOCK_EX) | (wait ? 0 : LOCK_NB);
  for (;;) {
    if (libc().flock(fd, operation) === 0) return true;
    const system = lastErrorName();
    if (system === 'EAGAIN') return false;
    if (system !== 'EINTR') throw lastError({ action: 'lock', path: `descriptor ${fd}`, code: 'host-write-failed' });
  }
}

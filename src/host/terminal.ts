import { lastError, libc } from './libc.ts';

const TIOCSWINSZ = 0x5414;

/**
 * Tells a terminal its size (ioctl_tty(2)): programs in it get SIGWINCH. `fd` may be either side of a pty.
 *
 * @throws PlinthError `host-write-failed`
 */
export function setWindowSize(fd: number, rows: number, columns: number): void {
  const size = new Uint16Array([rows, columns, 0, 0]);
  if (libc().ioctl(fd, TIOCSWINSZ, Buffer.from(size.buffer)) === 0) return;
  throw lastError({ action: 'set the window size of', path: `descriptor ${fd}`, code: 'host-write-failed' });
}

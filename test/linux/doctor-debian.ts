import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A Debian with Python that is being made. */
export interface DebianTree {
  readonly root: string;
  /** The exit status of debootstrap. */
  readonly ended: Promise<number | null>;
}

/** Starts to make a Debian in `directory`, while other tests run; needs a mirror. */
export function startDebootstrap(directory: string): DebianTree {
  const root = join(directory, 'debian');
  const codename = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'stable';
  const args = ['--variant=minbase', '--include=python3-minimal', codename, root, 'http://deb.debian.org/debian'];
  const ended = new Promise<number | null>((resolve) => {
    const child = spawn('debootstrap', args, { stdio: 'ignore', timeout: 280_000 });
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  return { root, ended };
}

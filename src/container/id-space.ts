import { readFileSync } from 'node:fs';
import type { OverlayFlavour } from '../tree/index.ts';

/** Which user and group ids this process can give to files (user_namespaces(7)). */
export interface IdSpace {
  /** Whether this process is in a user namespace other than the machine's own. */
  readonly nested: boolean;
  /** Whether more than one user id exists here. */
  readonly manyIds: boolean;
}

/** The ids of this process's user namespace. */
export function idSpace(): IdSpace {
  const lines = readFileSync('/proc/self/uid_map', 'utf8').trim().split('\n');
  const counts = lines.map((line) => Number(line.trim().split(/\s+/)[2]));
  const total = counts.reduce((sum, count) => sum + count, 0);
  return { nested: total < 0xffff_ffff, manyIds: total > 1 };
}

/** How overlay marks are written by a process with these ids. */
export function overlayFlavour(space: IdSpace): OverlayFlavour {
  return space.nested ? 'user' : 'trusted';
}

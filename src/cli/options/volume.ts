import { isAbsolute, resolve } from 'node:path';

/** A directory or file of this machine that a container sees. */
export interface Volume {
  /** Absolute path on this machine. */
  readonly source: string;
  /** Absolute path in the container. */
  readonly target: string;
  readonly readOnly: boolean;
}

/**
 * `SOURCE:TARGET[:ro|rw]`; a relative source (`./data`, `.`) counts from `cwd`.
 *
 * @throws Error with the fact only; the flag parser adds the flag
 */
export function parseVolume(given: string, cwd: string): Volume {
  const [source = '', target = '', options, ...more] = given.split(':');
  const shown = JSON.stringify(given);
  if (source === '' || target === '' || more.length > 0) throw new Error(`${shown} is not SOURCE:TARGET[:ro]`);
  if (!isAbsolute(target)) throw new Error(`${shown}: the place in the container, ${target}, is not an absolute path`);
  if (!isAbsolute(source) && !/^\.{1,2}(\/|$)/.test(source)) {
    throw new Error(`${shown}: volumes with a name are not supported; for a directory write ./${source}:${target}`);
  }
  return { source: resolve(cwd, source), target, readOnly: parseMode(options, shown) };
}

function parseMode(options: string | undefined, shown: string): boolean {
  if (options === undefined || options === 'rw') return false;
  if (options === 'ro') return true;
  throw new Error(`${shown}: ${JSON.stringify(options)} is neither ro nor rw`);
}

import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { isPlinthError } from '../errors/index.ts';
import { formatPlatform, type Platform } from '../oci/index.ts';
import { type BusyBox, busyBoxElf, readBusyBox, unfitness } from './busybox.ts';
import { fetchBusyBox } from './busybox-package.ts';
import { recipesError } from './error.ts';
import type { RecipePowers } from './powers.ts';

/** Where packages put it, also when a user's PATH has no such directory. */
const USUAL_DIRECTORIES = ['/bin', '/usr/bin', '/sbin', '/usr/sbin'];

/**
 * A static BusyBox for `platform`: the first on PATH that is one, else that of the Debian package `busybox-static`.
 *
 * @throws PlinthError `busybox-missing`, with what was tried
 */
export async function findBusyBox(platform: Platform, powers: RecipePowers): Promise<BusyBox> {
  const tried: string[] = [];
  for (const path of candidatePaths(powers.env.PATH)) {
    const found = fitting(path, platform, tried);
    if (found !== undefined) return found;
  }
  if (tried.length === 0) tried.push('there is none on PATH');
  try {
    return await fetchBusyBox(platform, powers);
  } catch (error) {
    if (!isPlinthError(error)) throw error;
    throw recipesError(
      'busybox-missing',
      `find a static BusyBox for ${formatPlatform(platform)}: ${[...tried, error.message].join('; ')}`,
      {
        hint: 'Install the package busybox-static, or give a static BusyBox with --busybox PATH.',
        cause: error,
      },
    );
  }
}

function fitting(path: string, platform: Platform, tried: string[]): BusyBox | undefined {
  try {
    const found = readBusyBox(path);
    const unfit = unfitness(busyBoxElf(found), platform);
    if (unfit === undefined) return found;
    tried.push(`${path}: ${unfit.reason}`);
  } catch (error) {
    if (!isPlinthError(error)) throw error;
    tried.push(error.message);
  }
  return undefined;
}

function candidatePaths(searchPath = ''): Set<string> {
  const directories = [...searchPath.split(':').filter((directory) => directory.startsWith('/')), ...USUAL_DIRECTORIES];
  const files = directories.map((directory) => join(directory, 'busybox')).filter((file) => existsSync(file));
  return new Set(files.map((file) => realpathSync(file)));
}

import { readdirSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { type Emulator, type HostFacts, parseEmulator } from '../doctor/index.ts';
import { lazyTree } from '../host/index.ts';
import { hostPlatform } from '../oci/index.ts';

const EMULATORS = '/proc/sys/fs/binfmt_misc';

/** What of this machine decides what starts on it. */
export function readHostFacts(): HostFacts {
  return {
    platform: hostPlatform(process.platform, process.arch),
    kernel: kernelVersion(),
    emulators: readEmulators(),
    tree: lazyTree('/'),
  };
}

function kernelVersion(): HostFacts['kernel'] {
  const [, major, minor, patch = '0'] = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(release()) ?? [];
  if (process.platform !== 'linux' || major === undefined || minor === undefined) return undefined;
  return [Number(major), Number(minor), Number(patch)];
}

/** The rules of binfmt_misc; none where it is not mounted, or switched off. */
export function readEmulators(directory: string = EMULATORS): Emulator[] {
  try {
    if (readFileSync(join(directory, 'status'), 'latin1').trim() !== 'enabled') return [];
    const names = readdirSync(directory).filter((name) => name !== 'register' && name !== 'status');
    return names
      .map((name) => parseEmulator(name, readFileSync(join(directory, name), 'latin1')))
      .filter((one) => one !== undefined);
  } catch {
    return [];
  }
}

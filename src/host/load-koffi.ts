import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

type Koffi = typeof import('koffi');

/** The version in package.json, put in by the bundler. */
declare const PLINTH_KOFFI: string | undefined;

/** Where koffi's package for a processor has the library for the GNU C library. */
const LIBRARIES: Readonly<Record<string, string>> = {
  x64: '@koromix/koffi-linux-x64/linux_x64/koffi.node',
  arm64: '@koromix/koffi-linux-arm64/linux_arm64/koffi.node',
};

/**
 * The package koffi. Of its native part we use what needs no wrapping, so that is loaded alone where it is found: it
 * takes 1 ms, the package 10, most of it to find out which one it wants.
 */
export function loadKoffi(): Koffi {
  return loadLibrary() ?? (createRequire(import.meta.url)('koffi') as Koffi);
}

/** Undefined if anything is not as we know it. */
function loadLibrary(): Koffi | undefined {
  const library = LIBRARIES[process.arch];
  if (library === undefined || typeof PLINTH_KOFFI !== 'string') return undefined;
  try {
    // The program may be gone, as after an upgrade of Node.
    if (runsOnMusl()) return undefined;
    const file = findPackageFile(library);
    if (file === undefined) return undefined;
    const loaded = { exports: {} as Koffi };
    process.dlopen(loaded, file);
    return loaded.exports.version === PLINTH_KOFFI ? loaded.exports : undefined;
  } catch {
    return undefined;
  }
}

/** Looks in the node_modules of our directory and of those above it, as Node does. */
function findPackageFile(name: string): string | undefined {
  for (let directory = dirname(fileURLToPath(import.meta.url)); ; ) {
    const file = join(directory, 'node_modules', name);
    if (existsSync(file)) return file;
    const above = dirname(directory);
    if (above === directory) return undefined;
    directory = above;
  }
}

/** The name of a program's interpreter stands behind its headers. */
const HEAD_BYTES = 4096;

function runsOnMusl(): boolean {
  const fd = openSync(process.execPath, 'r');
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.subarray(0, readSync(fd, head)).includes('/ld-musl-');
  } finally {
    closeSync(fd);
  }
}

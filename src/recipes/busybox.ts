import { readFileSync, statSync } from 'node:fs';
import { formatPlatform, type Platform } from '../oci/index.ts';
import { type ElfFacts, readElfFacts } from './elf-facts.ts';
import { recipesError } from './error.ts';

/** A BusyBox program, whole in memory. */
export interface BusyBox {
  readonly bytes: Buffer;
  /** Seconds since 1970. */
  readonly mtimeSeconds: number;
  /** Where it came from, for the user: a path, or a package with its version. */
  readonly origin: string;
  /** The file, if there is one that can be started. */
  readonly path: string | undefined;
}

/** More than any BusyBox has, and little enough to hold. */
const MAX_BYTES = 64 * 1024 * 1024;

/** @throws PlinthError `busybox-read-failed` */
export function readBusyBox(path: string): BusyBox {
  try {
    const { mtimeMs, size } = statSync(path);
    if (size > MAX_BYTES) throw new Error(`it has ${size} bytes, more than ${MAX_BYTES}`);
    return { bytes: readFileSync(path), mtimeSeconds: Math.floor(mtimeMs / 1000), origin: path, path };
  } catch (error) {
    const fact = error instanceof Error ? error.message : String(error);
    throw recipesError('busybox-read-failed', `read BusyBox ${path}: ${fact}`, { cause: error, details: { path } });
  }
}

/** The facts of a BusyBox. @throws PlinthError `busybox-not-elf` */
export function busyBoxFacts({ bytes, origin }: BusyBox): ElfFacts {
  const facts = readElfFacts(bytes);
  if (facts !== undefined) return facts;
  throw recipesError('busybox-not-elf', `check BusyBox ${origin}: it is not an ELF program`, {
    hint: 'Give the BusyBox program itself, not a script or a package.',
    details: { path: origin },
  });
}

/** Why a BusyBox with these facts would not start in an empty root file system of `platform`; undefined if it would. */
export function unfitness(
  facts: ElfFacts,
  platform: Platform,
): { readonly code: 'busybox-dynamic' | 'busybox-foreign'; readonly reason: string } | undefined {
  if (facts.architecture !== platform.architecture) {
    const reason = `it is for ${facts.architecture}, the system is to be for ${formatPlatform(platform)}`;
    return { code: 'busybox-foreign', reason };
  }
  if (facts.interpreter !== undefined) {
    const reason = `it is dynamic: it needs the loader ${facts.interpreter}, which the system does not have`;
    return { code: 'busybox-dynamic', reason };
  }
  if (facts.neededLibraries > 0) {
    const reason = `it is dynamic: it needs shared libraries (${facts.neededLibraries}), which the system does not have`;
    return { code: 'busybox-dynamic', reason };
  }
  return undefined;
}

/** `1.35.0`, from the banner in the binary; undefined if it has none. */
export function busyBoxVersion({ bytes }: BusyBox): string | undefined {
  const start = bytes.indexOf('BusyBox v');
  if (start < 0) return undefined;
  return /^BusyBox v(\d[\w.-]*)/.exec(bytes.toString('latin1', start, start + 64))?.[1];
}

import { readFileSync, statSync } from 'node:fs';
import { type ElfFile, isProgram, MachineTable, readElf } from '../elf/index.ts';
import { isPlinthError } from '../errors/index.ts';
import { formatPlatform, normalizePlatform, type Platform } from '../oci/index.ts';
import { memoryContent } from '../tree/index.ts';
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

/** What a BusyBox says about itself. @throws PlinthError `busybox-not-elf` */
export function busyBoxElf({ bytes, origin }: BusyBox): ElfFile {
  try {
    const elf = readElf(memoryContent(bytes));
    if (isProgram(elf)) return elf;
  } catch (error) {
    if (!isPlinthError(error)) throw error;
  }
  throw recipesError('busybox-not-elf', `check BusyBox ${origin}: it is not an ELF program`, {
    hint: 'Give the BusyBox program itself, not a script or a package.',
    details: { path: origin },
  });
}

/** The architecture that a BusyBox is for, in the words of image platforms. */
export function busyBoxArchitecture(elf: ElfFile): string {
  return new MachineTable().architecture(elf).architecture;
}

/** The platform that a BusyBox is for; `machines` names those that have no registered number. */
export function busyBoxPlatform(elf: ElfFile, machines: MachineTable = new MachineTable()): Platform {
  return normalizePlatform({ os: 'linux', ...machines.architecture(elf) });
}

/** Why a BusyBox would not start in an empty root file system of `platform`; undefined if it would. */
export function unfitness(
  elf: ElfFile,
  platform: Platform,
): { readonly code: 'busybox-dynamic' | 'busybox-foreign'; readonly reason: string } | undefined {
  const architecture = busyBoxArchitecture(elf);
  if (architecture !== platform.architecture) {
    const reason = `it is for ${architecture}, the system is to be for ${formatPlatform(platform)}`;
    return { code: 'busybox-foreign', reason };
  }
  if (elf.interpreter !== undefined) {
    const reason = `it is dynamic: it needs the loader ${elf.interpreter}, which the system does not have`;
    return { code: 'busybox-dynamic', reason };
  }
  if (elf.needed.length > 0) {
    const reason = `it is dynamic: it needs ${elf.needed.join(', ')}, which the system does not have`;
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

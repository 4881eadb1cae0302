import { constants } from 'node:fs';
import type { ByteString } from '../bytes/index.ts';
import { PlinthError } from '../errors/index.ts';
import type { HostErrorCode } from './host-errors.ts';
import { cString, lastError, lastErrorName, libc } from './libc.ts';

const AT_FDCWD = -100;

/** The number of mknodat(2). Called by number because C libraries before glibc 2.33 have no such symbol. */
const MKNODAT: Readonly<Record<string, number>> = {
  x64: 259,
  arm64: 33,
  riscv64: 33,
  loong64: 33,
  ppc64: 288,
  s390x: 290,
};

export type SpecialKind = 'character' | 'block' | 'fifo';

const FORMATS: Readonly<Record<SpecialKind, number>> = {
  character: constants.S_IFCHR,
  block: constants.S_IFBLK,
  fifo: constants.S_IFIFO,
};

/** What {@link makeNode} is to make; the umask applies to `mode`. */
export interface SpecialFile {
  readonly kind: SpecialKind;
  readonly mode: number;
  readonly major: number;
  readonly minor: number;
}

/**
 * Makes a device node or a named pipe.
 *
 * @throws PlinthError `host-device-denied`, `host-write-failed`
 */
export function makeNode(path: ByteString, { kind, mode, major, minor }: SpecialFile): void {
  const number = MKNODAT[process.arch];
  if (process.platform !== 'linux' || number === undefined) {
    throw new PlinthError<HostErrorCode>(`make ${kind} ${path}: not supported on ${process.platform} ${process.arch}`, {
      code: 'host-device-denied',
      details: { path },
    });
  }
  const device = encodeDevice(major, minor);
  if (libc().syscall(number, AT_FDCWD, cString(path), FORMATS[kind] | mode, device, 0, 0) === 0) return;
  if (lastErrorName() !== 'EPERM') throw lastError({ action: `make ${kind}`, path, code: 'host-write-failed' });
  throw lastError({
    action: `make ${kind}`,
    path,
    code: 'host-device-denied',
    hint: 'Only root outside a user namespace may make device nodes.',
  });
}

/** A device number as the kernel passes it: 12 bits of major, 20 of minor (include/linux/kdev_t.h, new_encode_dev). */
function encodeDevice(major: number, minor: number): number {
  return ((minor & 0xff) | ((major & 0xfff) << 8) | ((minor & 0xfff00) << 12)) >>> 0;
}

/** The major number in a `st_rdev` as the C library packs it (gnu_dev_major). */
export function majorOf(device: bigint): number {
  return Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xffff_f000n));
}

/** The minor number in a `st_rdev` as the C library packs it (gnu_dev_minor). */
export function minorOf(device: bigint): number {
  return Number((device & 0xffn) | ((device >> 12n) & 0xffff_ff00n));
}

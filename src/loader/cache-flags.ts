import type { ElfFile } from '../elf/index.ts';
import type { CacheEntry } from './ld-cache.ts';

const EM = {
  mips: 8,
  ppc64: 21,
  s390: 22,
  arm: 40,
  sparcv9: 43,
  ia64: 50,
  x8664: 62,
  aarch64: 183,
  riscv: 243,
  loong: 258,
};
/** Machines that have no flags of their own: 386, 68k, PA-RISC, PowerPC of 32 bits, SuperH, Alpha. */
const PLAIN: ReadonlySet<number> = new Set([2, 3, 4, 15, 18, 20, 42, 0x9026]);
const EF_MIPS_ABI2 = 0x20;
const EF_MIPS_NAN2008 = 0x400;
const EF_ARM_SOFT_FLOAT = 0x200;
const EF_ARM_HARD_FLOAT = 0x400;

/**
 * The second byte of the flags of libraries for programs like `elf` in ld.so.cache (glibc's ldconfig.h); undefined for
 * machines for which we do not know it.
 */
function requiredFlags({ machine, class: elfClass, flags }: ElfFile): number | undefined {
  switch (machine) {
    case EM.x8664:
      return elfClass === 64 ? 0x300 : 0x800;
    case EM.sparcv9:
      return 0x100;
    case EM.ia64:
      return 0x200;
    case EM.s390:
      return elfClass === 64 ? 0x400 : 0;
    case EM.ppc64:
      return 0x500;
    case EM.aarch64:
      return 0xa00;
    case EM.arm:
      return (flags & EF_ARM_HARD_FLOAT) !== 0 ? 0x900 : (flags & EF_ARM_SOFT_FLOAT) !== 0 ? 0xb00 : undefined;
    case EM.mips:
      return mipsFlags(elfClass, flags);
    case EM.riscv:
      // Only the ABIs without, and with double precision, have loaders.
      return (flags & 6) === 0 ? 0xf00 : 0x1000;
    case EM.loong:
      return (flags & 7) === 1 ? 0x1100 : 0x1200;
    default:
      return PLAIN.has(machine) ? 0 : undefined;
  }
}

function mipsFlags(elfClass: 32 | 64, flags: number): number {
  const nan2008 = (flags & EF_MIPS_NAN2008) !== 0;
  if (elfClass === 64) return nan2008 ? 0xe00 : 0x700;
  if ((flags & EF_MIPS_ABI2) !== 0) return nan2008 ? 0xd00 : 0x600;
  return nan2008 ? 0xc00 : 0;
}

/** Whether the loader of `elf` would consider this entry of its cache. */
export function servesProgram(entry: CacheEntry, elf: ElfFile): boolean {
  const kind = entry.flags & 0xff;
  if (kind !== 1 && kind !== 3) return false;
  const required = requiredFlags(elf);
  return required === undefined || (entry.flags & 0xff00) === required;
}

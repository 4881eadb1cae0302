import type { ByteString } from '../bytes/index.ts';
import { type ElfFile, MachineTable } from '../elf/index.ts';

/** How Linux systems of an architecture lay out their libraries. */
export interface SystemLayout {
  /** Where glibc's loader is (its ABI list, https://sourceware.org/glibc/wiki/ABIList). */
  readonly loader: ByteString;
  /** Debian's name of the architecture in paths (multiarch tuple). */
  readonly multiarch: string;
  /** `lib64` where libraries of 64 bits have a directory of their own. */
  readonly lib: string;
  /** The name in `ld-musl-NAME.so.1`. */
  readonly musl: string;
  /** What the kernel calls the processor (AT_PLATFORM); undefined where it says nothing. */
  readonly platform?: string;
}

type Row = readonly [
  architecture: string,
  loader: string,
  multiarch: string,
  lib: string,
  musl: string,
  platform?: string,
];

const ROWS: readonly Row[] = [
  ['amd64', '/lib64/ld-linux-x86-64.so.2', 'x86_64-linux-gnu', 'lib64', 'x86_64', 'x86_64'],
  ['amd64p32', '/libx32/ld-linux-x32.so.2', 'x86_64-linux-gnux32', 'libx32', 'x32', 'x86_64'],
  ['386', '/lib/ld-linux.so.2', 'i386-linux-gnu', 'lib', 'i386', 'i686'],
  ['arm64', '/lib/ld-linux-aarch64.so.1', 'aarch64-linux-gnu', 'lib64', 'aarch64', 'aarch64'],
  ['arm/v7', '/lib/ld-linux-armhf.so.3', 'arm-linux-gnueabihf', 'lib', 'armhf', 'v7l'],
  ['arm/v6', '/lib/ld-linux.so.3', 'arm-linux-gnueabi', 'lib', 'arm', 'v6l'],
  ['mips', '/lib/ld.so.1', 'mips-linux-gnu', 'lib', 'mips'],
  ['mipsle', '/lib/ld.so.1', 'mipsel-linux-gnu', 'lib', 'mipsel'],
  ['mips64', '/lib64/ld.so.1', 'mips64-linux-gnuabi64', 'lib64', 'mips64'],
  ['mips64le', '/lib64/ld.so.1', 'mips64el-linux-gnuabi64', 'lib64', 'mips64el'],
  ['mips64p32', '/lib32/ld.so.1', 'mips64-linux-gnuabin32', 'lib32', 'mipsn32'],
  ['mips64p32le', '/lib32/ld.so.1', 'mips64el-linux-gnuabin32', 'lib32', 'mipsn32el'],
  ['ppc', '/lib/ld.so.1', 'powerpc-linux-gnu', 'lib', 'powerpc'],
  ['ppc64', '/lib64/ld64.so.1', 'powerpc64-linux-gnu', 'lib64', 'powerpc64'],
  ['ppc64le', '/lib64/ld64.so.2', 'powerpc64le-linux-gnu', 'lib64', 'powerpc64le'],
  ['s390', '/lib/ld.so.1', 's390-linux-gnu', 'lib', 's390'],
  ['s390x', '/lib/ld64.so.1', 's390x-linux-gnu', 'lib64', 's390x'],
  ['riscv32', '/lib/ld-linux-riscv32-ilp32d.so.1', 'riscv32-linux-gnu', 'lib', 'riscv32'],
  ['riscv64', '/lib/ld-linux-riscv64-lp64d.so.1', 'riscv64-linux-gnu', 'lib64', 'riscv64'],
  ['loong64', '/lib64/ld-linux-loongarch-lp64d.so.1', 'loongarch64-linux-gnu', 'lib64', 'loongarch64', 'loongarch64'],
  ['sparc', '/lib/ld-linux.so.2', 'sparc-linux-gnu', 'lib', 'sparc'],
  ['sparc64', '/lib64/ld-linux.so.2', 'sparc64-linux-gnu', 'lib64', 'sparc64'],
  ['alpha', '/lib/ld-linux.so.2', 'alpha-linux-gnu', 'lib', 'alpha'],
  ['sw64', '/lib/ld-linux.so.2', 'sw_64-linux-gnu', 'lib', 'sw_64'],
  ['ia64', '/lib/ld-linux-ia64.so.2', 'ia64-linux-gnu', 'lib', 'ia64'],
  ['hppa', '/lib/ld.so.1', 'hppa-linux-gnu', 'lib', 'hppa'],
  ['m68k', '/lib/ld.so.1', 'm68k-linux-gnu', 'lib', 'm68k'],
  ['sh', '/lib/ld-linux.so.2', 'sh4-linux-gnu', 'lib', 'sh'],
  ['or1k', '/lib/ld-linux-or1k.so.1', 'or1k-linux-gnu', 'lib', 'or1k'],
  ['csky', '/lib/ld-linux-cskyv2-hf.so.1', 'csky-linux-gnuabiv2', 'lib', 'csky'],
];

const MACHINES = new MachineTable();

/** The layout of systems for which `elf` is; undefined for machines that have no Linux system that we know. */
export function systemLayout(elf: ElfFile): SystemLayout | undefined {
  const { architecture, variant } = MACHINES.architecture(elf);
  const key = variant === undefined ? architecture : `${architecture}/${variant}`;
  const row = ROWS.find(([name]) => name === key);
  if (row === undefined) return undefined;
  const [, loader, multiarch, lib, musl, platform] = row;
  return { loader: loader as ByteString, multiarch, lib, musl, ...(platform === undefined ? {} : { platform }) };
}

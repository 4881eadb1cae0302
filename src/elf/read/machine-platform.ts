import type { ElfHeader } from './header.ts';

/** What of a header tells for which machine a file is. */
export type MachineFacts = Pick<ElfHeader, 'machine' | 'class' | 'byteOrder' | 'flags'>;

/** An architecture in the words of image platforms, which are Go's. */
export interface ProgramArchitecture {
  readonly architecture: string;
  readonly variant?: string;
}

type Row = readonly [
  architecture: string,
  machine: number,
  elfClass: 32 | 64,
  byteOrder: 'little' | 'big',
  /** Bits of the flags that tell it from another of the same machine, class and order. */
  flags?: number,
];

const EM_ARM = 40;
/** The n32 ABI: programs of 32 bits for MIPS processors of 64. */
const EF_MIPS_ABI2 = 0x20;
const EF_ARM_SOFT_FLOAT = 0x200;
const EF_ARM_HARD_FLOAT = 0x400;

const ROWS: readonly Row[] = [
  ['386', 3, 32, 'little'],
  ['amd64', 62, 64, 'little'],
  ['amd64p32', 62, 32, 'little'],
  ['arm', EM_ARM, 32, 'little'],
  ['armbe', EM_ARM, 32, 'big'],
  ['arm64', 183, 64, 'little'],
  ['arm64be', 183, 64, 'big'],
  ['mips64p32', 8, 32, 'big', EF_MIPS_ABI2],
  ['mips64p32le', 8, 32, 'little', EF_MIPS_ABI2],
  ['mips', 8, 32, 'big'],
  ['mipsle', 8, 32, 'little'],
  ['mips64', 8, 64, 'big'],
  ['mips64le', 8, 64, 'little'],
  ['ppc', 20, 32, 'big'],
  ['ppcle', 20, 32, 'little'],
  ['ppc64', 21, 64, 'big'],
  ['ppc64le', 21, 64, 'little'],
  ['riscv32', 243, 32, 'little'],
  ['riscv64', 243, 64, 'little'],
  ['s390', 22, 32, 'big'],
  ['s390x', 22, 64, 'big'],
  ['loong32', 258, 32, 'little'],
  ['loong64', 258, 64, 'little'],
  ['sparc', 2, 32, 'big'],
  ['sparc', 18, 32, 'big'],
  ['sparc64', 43, 64, 'big'],
  ['alpha', 0x9026, 64, 'little'],
  ['sw64', 0x9916, 64, 'little'],
  ['ia64', 50, 64, 'little'],
  ['hppa', 15, 32, 'big'],
  ['m68k', 4, 32, 'big'],
  ['sh', 42, 32, 'little'],
  ['shbe', 42, 32, 'big'],
  ['nios2', 113, 32, 'little'],
  ['or1k', 92, 32, 'big'],
  ['csky', 252, 32, 'little'],
  ['microblaze', 189, 32, 'big'],
  ['microblazele', 189, 32, 'little'],
  ['arc', 195, 32, 'little'],
  ['hexagon', 164, 32, 'little'],
];

/** The architecture that `elf` is for; undefined if image platforms have no word for it. */
export function elfArchitecture(elf: MachineFacts): ProgramArchitecture | undefined {
  const row = ROWS.find(
    ([, machine, elfClass, byteOrder, flags = 0]) =>
      machine === elf.machine && elfClass === elf.class && byteOrder === elf.byteOrder && (elf.flags & flags) === flags,
  );
  if (row === undefined) return undefined;
  const [architecture, machine] = row;
  return machine === EM_ARM ? { architecture, variant: armVariant(elf.flags) } : { architecture };
}

/**
 * The variant as distributions use these ABIs: with floating point in registers v7 (armhf), else v6 (armel). Which
 * instructions a program really holds its flags do not tell.
 */
function armVariant(flags: number): string {
  return (flags & EF_ARM_HARD_FLOAT) === 0 ? 'v6' : 'v7';
}

/** What a program for `architecture` has in its header. */
export function machineOfArchitecture(
  architecture: string,
): Pick<MachineFacts, 'machine' | 'class' | 'byteOrder'> | undefined {
  const row = ROWS.find(([name]) => name === architecture);
  return row === undefined ? undefined : { machine: row[1], class: row[2], byteOrder: row[3] };
}

/** Whether code of `library` can run in a program like `program`: the same machine, class, byte order and float ABI. */
export function sameMachine(library: MachineFacts, program: MachineFacts): boolean {
  if (machineKind(library.machine) !== machineKind(program.machine)) return false;
  if (library.class !== program.class || library.byteOrder !== program.byteOrder) return false;
  if (program.machine === EM_ARM) return !contradictFloat(library.flags, program.flags);
  return program.machine !== 8 || (library.flags & EF_MIPS_ABI2) === (program.flags & EF_MIPS_ABI2);
}

/** SPARC programs of 32 bits mix two numbers. */
function machineKind(machine: number): number {
  return machine === 18 ? 2 : machine;
}

function contradictFloat(left: number, right: number): boolean {
  const [one, other] = [left, right].map((flags) => flags & (EF_ARM_SOFT_FLOAT | EF_ARM_HARD_FLOAT));
  return one !== 0 && other !== 0 && one !== other;
}

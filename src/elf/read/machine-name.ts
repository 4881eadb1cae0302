import {
  elfArchitecture,
  type MachineFacts,
  machineOfArchitecture,
  type ProgramArchitecture,
} from './machine-platform.ts';

/**
 * Runs of consecutive machine numbers (`e_machine`) with their names: the registry of the gABI, and what Linux
 * (linux/elf-em.h) and toolchains use beside it.
 */
const RUNS: readonly (readonly [first: number, names: string])[] = [
  [1, 'm32 sparc 386 m68k 88k iamcu 860 mips s370 mips-rs3-le'],
  [15, 'parisc'],
  [17, 'vpp500 sparc32plus 960 ppc ppc64 s390 spu'],
  [
    36,
    'v800 fr20 rh32 rce arm alpha-old sh sparcv9 tricore arc h8-300 h8-300h h8s h8-500 ia64 mips-x ' +
      'coldfire 68hc12 mma pcp ncpu ndr1 starcore me16 st100 tinyj x86-64 pdsp pdp10 pdp11 fx66 st9plus st7 ' +
      '68hc16 68hc11 68hc08 68hc05 svx st19 vax cris javelin firepath zsp mmix huany prism avr fr30 d10v ' +
      'd30v v850 m32r mn10300 mn10200 pj openrisc arc-compact xtensa videocore tmm-gpp ns32k tpc snp1k ' +
      'st200 ip2k max cr f2mc16 msp430 blackfin se-c33 sep arca unicore excess dxp nios2 crx xgate c166 ' +
      'm16c dspic30f ce m32c',
  ],
  [
    131,
    'tsk3000 rs08 sharc ecog2 score7 dsp24 videocore3 latticemico32 se-c17 ti-c6000 ti-c2000 ti-c5500 ' +
      'ti-arp32 ti-pru',
  ],
  [
    160,
    'mmdsp-plus cypress-m8c r32c trimedia hexagon 8051 stxp7x nds32 ecog1x maxq30 ximo16 manik craynv2 rx ' +
      'metag mcst-elbrus ecog16 cr16 etpu sle9x l10m k10m',
  ],
  [183, 'aarch64'],
  [
    185,
    'avr32 stm8 tile64 tilepro microblaze cuda tilegx cloudshield corea-1st corea-2nd arcv2 open8 rl78 ' +
      'videocore5 78kor 56800ex ba1 ba2 xcore mchp-pic intelgt',
  ],
  [210, 'km32 kmx32 emx16 emx8 kvarc cdp coge cool norc csr-kalimba z80 visium ft32 moxie amdgpu'],
  [
    243,
    'riscv lanai ceva ceva-x2 bpf graphcore-ipu img1 nfp ve csky arc-compact3-64 mcs6502 arc-compact3 kvx ' +
      '65816 loongarch kf32 u16-u8core tachyum 56800ef',
  ],
  [0x5441, 'frv'],
  [0x9026, 'alpha'],
  [0x9041, 'cygnus-m32r'],
  [0x9916, 'sw64'],
  [0xa390, 's390-old'],
  [0xbeef, 'cygnus-mn10300'],
];

/** What else these machines are called. */
const ALIASES: Readonly<Record<string, string>> = {
  amd64: 'x86-64',
  x86_64: 'x86-64',
  x64: 'x86-64',
  i386: '386',
  i686: '386',
  x86: '386',
  ia32: '386',
  arm64: 'aarch64',
  hppa: 'parisc',
  powerpc: 'ppc',
  powerpc64: 'ppc64',
  s390x: 's390',
  sparc64: 'sparcv9',
  '68k': 'm68k',
};

let known: { readonly names: ReadonlyMap<number, string>; readonly numbers: ReadonlyMap<string, number> } | undefined;

function knownMachines(): NonNullable<typeof known> {
  if (known !== undefined) return known;
  const names = new Map<number, string>();
  for (const [first, run] of RUNS) for (const [index, name] of run.split(' ').entries()) names.set(first + index, name);
  known = { names, numbers: new Map([...names].map(([number, name]) => [name, number])) };
  return known;
}

/** Machine numbers and their names, in both directions: all known ones, and those that a user adds. */
export class MachineTable {
  readonly #added: ReadonlyMap<string, number>;

  /** `added` by name: machines that have no registered number (an SW64 is `sw64`, 0x9916). They come before the known. */
  constructor(added: Iterable<readonly [name: string, machine: number]> = []) {
    this.#added = new Map([...added].map(([name, machine]) => [name.toLowerCase(), machine]));
  }

  /** `x86-64` for 62; `machine 0x1267` if the number is not known. */
  name(machine: number): string {
    const added = this.#addedName(machine);
    return added ?? knownMachines().names.get(machine) ?? `machine 0x${machine.toString(16)}`;
  }

  /** The number of a name, as this table, the kernel (`x86_64`) or image platforms (`ppc64le`) have it. */
  number(name: string): number | undefined {
    const word = name.toLowerCase();
    const added = this.#added.get(word);
    if (added !== undefined) return added;
    return knownMachines().numbers.get(ALIASES[word] ?? word) ?? machineOfArchitecture(word)?.machine;
  }

  /** The architecture of a file in the words of image platforms (`arm`, `v7`); the machine's name if these have none. */
  architecture(elf: MachineFacts): ProgramArchitecture {
    const added = this.#addedName(elf.machine);
    if (added !== undefined) return { architecture: added };
    return elfArchitecture(elf) ?? { architecture: this.name(elf.machine) };
  }

  /** What the header of a program for an architecture of image platforms must say; undefined if that is not known. */
  expected(architecture: string): ExpectedMachine | undefined {
    const word = architecture.toLowerCase();
    const added = this.#added.get(word);
    return added === undefined ? machineOfArchitecture(ALIAS_ARCHITECTURES[word] ?? word) : { machine: added };
  }

  #addedName(machine: number): string | undefined {
    for (const [name, number] of this.#added) if (number === machine) return name;
    return undefined;
  }
}

/** What kernels call the architectures of image platforms. */
const ALIAS_ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  'x86-64': 'amd64',
  i386: '386',
  i686: '386',
  aarch64: 'arm64',
  loongarch64: 'loong64',
  ppc64el: 'ppc64le',
  mips64el: 'mips64le',
  mipsel: 'mipsle',
  riscv: 'riscv32',
};

/** A machine number; class and byte order where the architecture has only one of them. */
export type ExpectedMachine = Pick<MachineFacts, 'machine'> & Partial<Pick<MachineFacts, 'class' | 'byteOrder'>>;

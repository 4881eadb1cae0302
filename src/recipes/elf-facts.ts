// ELF header: 0 magic, 4 class (1 = 32, 2 = 64 bits), 5 order (1 = little), 16 type, 18 machine, then by class:
//              32  64                      program header:  32  64
//   phoff      28  32                        type           0   0
//   phentsize  42  54                        offset         4   8
//   phnum      44  56                        file size      16  32

/** What must be known about a program to say whether it runs in an empty root file system. */
export interface ElfFacts {
  /** The architecture in the words of image platforms, `machine N` if it has none. */
  readonly architecture: string;
  /** The loader that the kernel starts it with; undefined for a static program. */
  readonly interpreter: string | undefined;
  /** How many libraries its dynamic section asks for. */
  readonly neededLibraries: number;
}

const MACHINES: Readonly<Record<string, string>> = {
  '3 le': '386',
  '8 be': 'mips',
  '8 le': 'mipsle',
  '8 be 64': 'mips64',
  '8 le 64': 'mips64le',
  '20 be': 'ppc',
  '21 be 64': 'ppc64',
  '21 le 64': 'ppc64le',
  '22 be 64': 's390x',
  '40 le': 'arm',
  '62 le': 'amd64p32',
  '62 le 64': 'amd64',
  '183 le 64': 'arm64',
  '243 le': 'riscv32',
  '243 le 64': 'riscv64',
  '258 le 64': 'loong64',
  '36902 le 64': 'alpha',
  '39190 le 64': 'sw64',
};
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NULL = 0;
const DT_NEEDED = 1;
const MAX_PROGRAM_HEADERS = 512;
const MAX_DYNAMIC_ENTRIES = 4096;

/** The facts of an ELF program for Linux; undefined if `bytes` are none, or are cut off. */
export function readElfFacts(bytes: Uint8Array): ElfFacts | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 64 || view.getUint32(0) !== 0x7f454c46) return undefined;
  const [wide, little] = [bytes[4] === 2, bytes[5] === 1];
  try {
    return readFacts(new ElfReader(view, wide, little));
  } catch (error) {
    // An offset that points out of the file.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readFacts(elf: ElfReader): ElfFacts | undefined {
  const type = elf.half(16);
  // ET_EXEC and ET_DYN (which static-pie programs are, too).
  if (type !== 2 && type !== 3) return undefined;
  const order = elf.little ? 'le' : 'be';
  const machine = `${elf.half(18)} ${order}${elf.wide ? ' 64' : ''}`;
  let interpreter: string | undefined;
  let neededLibraries = 0;
  for (const header of programHeaders(elf)) {
    if (header.type === PT_INTERP) interpreter = elf.text(header.offset, header.size);
    if (header.type === PT_DYNAMIC) neededLibraries += countNeeded(elf, header.offset, header.size);
  }
  return { architecture: MACHINES[machine] ?? `machine ${machine}`, interpreter, neededLibraries };
}

function* programHeaders(elf: ElfReader): Generator<{ type: number; offset: number; size: number }> {
  const start = elf.word(elf.wide ? 32 : 28);
  const step = elf.half(elf.wide ? 54 : 42);
  const headers = Math.min(elf.half(elf.wide ? 56 : 44), MAX_PROGRAM_HEADERS);
  for (let at = start, index = 0; index < headers; index++, at += step) {
    yield {
      type: elf.int(at),
      offset: elf.word(at + (elf.wide ? 8 : 4)),
      size: elf.word(at + (elf.wide ? 32 : 16)),
    };
  }
}

function countNeeded(elf: ElfReader, offset: number, size: number): number {
  const entryBytes = elf.wide ? 16 : 8;
  const entries = Math.min(Math.floor(size / entryBytes), MAX_DYNAMIC_ENTRIES);
  let needed = 0;
  for (let index = 0; index < entries; index++) {
    const tag = elf.word(offset + index * entryBytes);
    if (tag === DT_NULL) break;
    if (tag === DT_NEEDED) needed += 1;
  }
  return needed;
}

/** Reads numbers of an ELF file in its class and byte order. */
class ElfReader {
  readonly #view: DataView;
  readonly wide: boolean;
  readonly little: boolean;

  constructor(view: DataView, wide: boolean, little: boolean) {
    this.#view = view;
    this.wide = wide;
    this.little = little;
  }

  half(at: number): number {
    return this.#view.getUint16(at, this.little);
  }

  int(at: number): number {
    return this.#view.getUint32(at, this.little);
  }

  word(at: number): number {
    return this.wide ? Number(this.#view.getBigUint64(at, this.little)) : this.int(at);
  }

  text(at: number, sizeBytes: number): string {
    const bytes = new Uint8Array(this.#view.buffer, this.#view.byteOffset + at, Math.min(sizeBytes, 4096));
    return Buffer.from(bytes).toString('latin1').replace(/\0.*$/s, '');
  }
}

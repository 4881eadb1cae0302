// ELF header (gABI, chapter 4):            program header (chapter 5):
//   0 magic  4 class  5 order  7 OS ABI                  32  64
//   16 type  18 machine                      type         0   0
//              32  64                        offset       4   8
//   entry      24  24                        address      8  16
//   phoff      28  32                        file size   16  32
//   shoff      32  40                        alignment   28  48
//   flags      36  48                      section header 0: the count of program headers in `info` (28 or 44)
//   phentsize  42  54                        if `phnum` is 0xffff
//   phnum      44  56
import type { ByteString } from '../../bytes/index.ts';
import { ElfBytes } from './elf-bytes.ts';
import { elfInvalid } from './elf-read-error.ts';
import type { FilePieces } from './file-pieces.ts';

/** Classes by the width of addresses in bits. */
export type ElfClass = 32 | 64;
export type ByteOrder = 'little' | 'big';
/** `core` files and object files (`relocatable`) are none that a kernel starts; a number is a type of some system's own. */
export type ElfType = 'executable' | 'shared' | 'relocatable' | 'core' | number;

export interface ElfHeader {
  readonly class: ElfClass;
  readonly byteOrder: ByteOrder;
  /** `e_machine`. */
  readonly machine: number;
  /** `EI_OSABI`: 0 is System V, 3 is GNU. */
  readonly abi: number;
  readonly type: ElfType;
  /** `e_flags`, of which every machine has its own. */
  readonly flags: number;
  readonly entry: bigint;
}

/** A part of the file that is loaded, or that says how. */
export interface Segment {
  readonly type: number;
  readonly offsetBytes: number;
  readonly address: number;
  readonly sizeBytes: number;
  readonly alignment: number;
}

export interface Headers {
  readonly bytes: ElfBytes;
  readonly header: ElfHeader;
  /** Those of the types that say what is loaded, and from where. */
  readonly segments: readonly Segment[];
}

const IDENTITY_BYTES = 16;
const TYPES: Readonly<Record<number, ElfType>> = { 1: 'relocatable', 2: 'executable', 3: 'shared', 4: 'core' };
const SEGMENT_LIMIT = 4096;
const PT_LOAD = 1;
export const PT_DYNAMIC = 2;
export const PT_INTERP = 3;
/** The last of the types that are read: those that follow are hints for kernels and debuggers. */
export const PT_NOTE = 4;
const COUNT_ELSEWHERE = 0xffff;

/** What every ELF file begins with. */
export const ELF_MAGIC: ByteString = '\x7fELF' as ByteString;

/** Whether a file that begins with `head` says that it is an ELF file. */
export function isElf(head: Uint8Array): boolean {
  return head.length >= 4 && head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46;
}

/** The header and program headers. @throws PlinthError `elf-invalid` */
export function readHeaders(pieces: FilePieces): Headers {
  const bytes = openElf(pieces);
  const table = bytes.table(0, bytes.wide ? 64 : 52, 'header');
  const type = table.half(16);
  const header: ElfHeader = {
    class: bytes.wide ? 64 : 32,
    byteOrder: bytes.layout.little ? 'little' : 'big',
    machine: table.half(18),
    abi: table.byte(7),
    type: TYPES[type] ?? type,
    flags: table.word(bytes.wide ? 48 : 36),
    entry: table.exactAddress(24),
  };
  return { bytes, header, segments: readSegments(bytes) };
}

function openElf(pieces: FilePieces): ElfBytes {
  const length = Math.min(IDENTITY_BYTES, pieces.sizeBytes);
  const head = pieces.piece(0, length, 'header').buffer.bytes.subarray(0, length);
  if (!isElf(head)) throw elfInvalid('header', 'the file is not an ELF file');
  const [, , , , elfClass, order, version] = head;
  if (elfClass !== 1 && elfClass !== 2) throw elfInvalid('header', `class ${elfClass} is neither 1 nor 2`);
  if (order !== 1 && order !== 2) throw elfInvalid('header', `byte order ${order} is neither 1 nor 2`);
  if (version !== 1) throw elfInvalid('header', `version ${version} is not 1`);
  return new ElfBytes(pieces, { wide: elfClass === 2, little: order === 1 });
}

function readSegments(bytes: ElfBytes): Segment[] {
  const { wide } = bytes;
  const header = bytes.table(0, wide ? 64 : 52, 'header');
  const count = segmentCount(bytes);
  if (count === 0) return [];
  const entryBytes = header.half(wide ? 54 : 42);
  const expectedBytes = wide ? 56 : 32;
  const place = 'program headers';
  if (entryBytes !== expectedBytes) throw elfInvalid(place, `each has ${entryBytes} bytes, not ${expectedBytes}`);
  if (count > SEGMENT_LIMIT) throw elfInvalid(place, `there are ${count}, more than ${SEGMENT_LIMIT}`);
  const table = bytes.table(header.address(wide ? 32 : 28), count * entryBytes, place);
  const segments: Segment[] = [];
  for (let at = 0; at < table.lengthBytes; at += entryBytes) {
    const type = table.word(at);
    if (type > PT_NOTE) continue;
    segments.push({
      type,
      offsetBytes: table.address(at + (wide ? 8 : 4)),
      address: table.address(at + (wide ? 16 : 8)),
      sizeBytes: table.address(at + (wide ? 32 : 16)),
      alignment: table.address(at + (wide ? 48 : 28)),
    });
  }
  return segments;
}

function segmentCount(bytes: ElfBytes): number {
  const { wide } = bytes;
  const header = bytes.table(0, wide ? 64 : 52, 'header');
  const count = header.half(wide ? 56 : 44);
  if (count !== COUNT_ELSEWHERE) return count;
  return bytes.table(header.address(wide ? 40 : 32), wide ? 64 : 40, 'section header 0').word(wide ? 44 : 28);
}

/**
 * Where in the file the bytes lie that are loaded at `address`, and how many follow up to the segment's end.
 *
 * @throws PlinthError `elf-invalid` naming `place`, if no segment loads them
 */
export function locate(
  { segments }: Pick<Headers, 'segments'>,
  address: number,
  place: string,
): { readonly offsetBytes: number; readonly leftBytes: number } {
  for (let index = 0; index < segments.length; index++) {
    const segment = segments[index];
    if (segment?.type !== PT_LOAD) continue;
    const into = address - segment.address;
    if (into < 0 || into >= segment.sizeBytes) continue;
    return { offsetBytes: segment.offsetBytes + into, leftBytes: segment.sizeBytes - into };
  }
  throw elfInvalid(place, `no segment loads its address 0x${address.toString(16)}`);
}

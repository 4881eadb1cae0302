import type { ByteString } from '../../bytes/index.ts';
import { elfInvalid } from './elf-read-error.ts';
import type { FilePieces, PieceBuffer } from './file-pieces.ts';

/** The texts that are looked for within a short piece first. */
const TEXT_BYTES = 256;

/** How an ELF file writes its numbers. */
export interface NumberLayout {
  /** Whether addresses have 64 bits, else 32. */
  readonly wide: boolean;
  readonly little: boolean;
}

/** An ELF file's bytes, and its numbers in its class and byte order. Every place is checked against the file. */
export class ElfBytes {
  readonly layout: NumberLayout;
  readonly #pieces: FilePieces;

  constructor(pieces: FilePieces, layout: NumberLayout) {
    this.#pieces = pieces;
    this.layout = layout;
  }

  get wide(): boolean {
    return this.layout.wide;
  }

  get sizeBytes(): number {
    return this.#pieces.sizeBytes;
  }

  /**
   * The numbers of a table, valid until anything else is read.
   *
   * @throws PlinthError `elf-invalid` naming `place`
   */
  table(offsetBytes: number, lengthBytes: number, place: string): ElfTable {
    const { buffer, startBytes } = this.#pieces.piece(offsetBytes, lengthBytes, place);
    return new ElfTable(buffer, { at: offsetBytes - startBytes, lengthBytes }, this.layout);
  }

  /** A {@link table} of at least `lengthBytes`, and of what follows as far as it was read with them. */
  tableFrom(offsetBytes: number, lengthBytes: number, place: string): ElfTable {
    const { buffer, startBytes, endBytes } = this.#pieces.piece(offsetBytes, lengthBytes, place);
    return new ElfTable(buffer, { at: offsetBytes - startBytes, lengthBytes: endBytes - offsetBytes }, this.layout);
  }

  /**
   * The text at `offsetBytes` up to its NUL, which must come within `limitBytes`.
   *
   * @throws PlinthError `elf-invalid` naming `place`
   */
  text(offsetBytes: number, limitBytes: number, place: string): ByteString {
    const left = Math.min(limitBytes, this.sizeBytes - offsetBytes);
    for (let length = Math.min(left, TEXT_BYTES); ; length = Math.min(left, length * 16)) {
      const { buffer, startBytes } = this.#pieces.piece(offsetBytes, length, place);
      const at = offsetBytes - startBytes;
      const end = buffer.bytes.indexOf(0, at);
      if (end >= at && end < at + length) return buffer.bytes.toString('latin1', at, end) as ByteString;
      if (length >= left) throw elfInvalid(place, `a text at ${offsetBytes} has no end within ${limitBytes} bytes`);
    }
  }
}

/** Where a table lies in a buffer. */
interface TablePlace {
  readonly at: number;
  readonly lengthBytes: number;
}

/** Part of an ELF file: numbers at offsets within it. Its reader stays within `lengthBytes`. */
export class ElfTable {
  readonly lengthBytes: number;
  /** For loops over tables of thousands of entries, which a call for each byte would slow down: its bytes, from `start` on. */
  readonly bytes: Buffer;
  readonly start: number;
  readonly #view: DataView;
  readonly #wide: boolean;
  readonly #little: boolean;

  constructor(buffer: PieceBuffer, { at, lengthBytes }: TablePlace, { wide, little }: NumberLayout) {
    this.bytes = buffer.bytes;
    this.start = at;
    this.#view = buffer.view;
    this.lengthBytes = lengthBytes;
    this.#wide = wide;
    this.#little = little;
  }

  byte(at: number): number {
    return this.#view.getUint8(this.start + at);
  }

  /** 16 bits. */
  half(at: number): number {
    return this.#view.getUint16(this.start + at, this.#little);
  }

  /** 32 bits. */
  word(at: number): number {
    return this.#view.getUint32(this.start + at, this.#little);
  }

  /** 64 bits; beyond 2⁵³ the nearest double, which no file is long enough for. */
  long(at: number): number {
    const high = this.word(this.#little ? at + 4 : at);
    const low = this.word(this.#little ? at : at + 4);
    // Most have no upper half, and the sum of doubles is no small integer.
    return high === 0 ? low : high * 0x1_0000_0000 + low;
  }

  /** An address, offset or size: 64 bits in the wide class, else 32. */
  address(at: number): number {
    return this.#wide ? this.long(at) : this.word(at);
  }

  /** {@link address}, exactly. */
  exactAddress(at: number): bigint {
    return this.#wide ? this.#view.getBigUint64(this.start + at, this.#little) : BigInt(this.word(at));
  }

  /** Some of its bytes as a text. */
  text(at: number, end: number): ByteString {
    return this.bytes.toString('latin1', this.start + at, this.start + end) as ByteString;
  }

  /** The text at `at` up to its NUL; undefined if that does not come before `end`. */
  textUpToNul(at: number, end: number): ByteString | undefined {
    let nul = at;
    while (nul < end && this.bytes[this.start + nul] !== 0) nul++;
    return nul < end ? this.text(at, nul) : undefined;
  }

  /** A copy of some of its bytes. */
  copy(at: number, end: number): Buffer {
    return Buffer.from(this.bytes.subarray(this.start + at, this.start + end));
  }
}

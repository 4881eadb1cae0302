import type { ByteString } from '../../bytes/index.ts';
import type { ByteSource } from '../../tree/index.ts';
import { elfInvalid } from './elf-read-error.ts';

/** What is read at a time: most files are read in three or four such pieces, wherever their tables lie. */
const PIECE_BYTES = 16 * 1024;
const PIECE_START_BYTES = 1024;
/** Pieces kept, so that tables that are read in turns are each read once. */
const PIECES_KEPT = 8;
/** The most bytes that any one table may ask for at once. */
const READ_LIMIT_BYTES = 1 << 20;

interface Piece {
  readonly startBytes: number;
  readonly bytes: Buffer;
}

/** An ELF file's bytes, and its numbers in its class and byte order. Every place is checked against the file. */
export class ElfBytes {
  readonly wide: boolean;
  readonly little: boolean;
  readonly #source: ByteSource;
  #pieces: Piece[] = [];

  constructor(source: ByteSource, wide: boolean, little: boolean) {
    this.#source = source;
    this.wide = wide;
    this.little = little;
  }

  get sizeBytes(): number {
    return this.#source.sizeBytes;
  }

  /**
   * The bytes of a table, only valid as long as nothing writes to them.
   *
   * @throws PlinthError `elf-invalid` naming `place`
   */
  table(offsetBytes: number, lengthBytes: number, place: string): ElfTable {
    return new ElfTable(this.#bytes(offsetBytes, lengthBytes, place), this);
  }

  /**
   * The text at `offsetBytes` up to its NUL, which must come within `limitBytes`.
   *
   * @throws PlinthError `elf-invalid` naming `place`
   */
  text(offsetBytes: number, limitBytes: number, place: string): ByteString {
    const left = Math.min(limitBytes, this.sizeBytes - offsetBytes);
    for (let length = Math.min(left, 256); ; length = Math.min(left, length * 16)) {
      const bytes = this.#bytes(offsetBytes, length, place);
      const end = bytes.indexOf(0);
      if (end >= 0) return bytes.toString('latin1', 0, end) as ByteString;
      if (length >= left) throw elfInvalid(place, `a text at ${offsetBytes} has no end within ${left} bytes`);
    }
  }

  #bytes(offsetBytes: number, lengthBytes: number, place: string): Buffer {
    const end = offsetBytes + lengthBytes;
    if (!(offsetBytes >= 0 && lengthBytes >= 0 && end <= this.sizeBytes)) {
      throw elfInvalid(place, `it lies at ${offsetBytes} to ${end}, the file has ${this.sizeBytes} bytes`);
    }
    if (lengthBytes > READ_LIMIT_BYTES) {
      throw elfInvalid(place, `it has ${lengthBytes} bytes, more than ${READ_LIMIT_BYTES}`);
    }
    const piece = this.#pieces.find(
      ({ startBytes, bytes }) => startBytes <= offsetBytes && end <= startBytes + bytes.length,
    );
    const { startBytes, bytes } = piece ?? this.#read(offsetBytes, end);
    return bytes.subarray(offsetBytes - startBytes, end - startBytes);
  }

  #read(offsetBytes: number, end: number): Piece {
    const startBytes = offsetBytes - (offsetBytes % PIECE_START_BYTES);
    const wanted = Math.min(this.sizeBytes, Math.max(end, startBytes + PIECE_BYTES));
    const bytes = Buffer.allocUnsafe(wanted - startBytes);
    const count = this.#source.read(bytes, startBytes);
    if (count < end - startBytes)
      throw elfInvalid('file', `it ends at ${startBytes + count}, not at ${this.sizeBytes}`);
    const piece = { startBytes, bytes: bytes.subarray(0, count) };
    this.#pieces = [piece, ...this.#pieces.slice(0, PIECES_KEPT - 1)];
    return piece;
  }
}

/** Part of an ELF file: numbers at offsets within it. */
export class ElfTable {
  readonly bytes: Buffer;
  readonly #wide: boolean;
  readonly #little: boolean;

  constructor(bytes: Buffer, { wide, little }: { readonly wide: boolean; readonly little: boolean }) {
    this.bytes = bytes;
    this.#wide = wide;
    this.#little = little;
  }

  /** 16 bits. */
  half(at: number): number {
    return this.#little ? this.bytes.readUInt16LE(at) : this.bytes.readUInt16BE(at);
  }

  /** 32 bits. */
  word(at: number): number {
    return this.#little ? this.bytes.readUInt32LE(at) : this.bytes.readUInt32BE(at);
  }

  /** 64 bits; beyond 2⁵³ the nearest double, which no file is long enough for. */
  long(at: number): number {
    const [low, high] = this.#little ? [at, at + 4] : [at + 4, at];
    return this.word(high) * 0x1_0000_0000 + this.word(low);
  }

  /** An address, offset or size: 64 bits in the wide class, else 32. */
  address(at: number): number {
    return this.#wide ? this.long(at) : this.word(at);
  }

  /** {@link address}, exactly. */
  exactAddress(at: number): bigint {
    if (!this.#wide) return BigInt(this.word(at));
    return this.#little ? this.bytes.readBigUInt64LE(at) : this.bytes.readBigUInt64BE(at);
  }
}

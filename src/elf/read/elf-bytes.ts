import type { ByteString } from '../../bytes/index.ts';
import type { ByteSource } from '../../tree/index.ts';
import { elfInvalid } from './elf-read-error.ts';

/** What is read at a time: a call costs more than a long read. Most programs are one such piece, large libraries three. */
const PIECE_BYTES = 64 * 1024;
const PIECE_START_BYTES = 1024;
/** Pieces kept, so that tables that are read in turns are each read once. */
const PIECES_KEPT = 4;
/** The most bytes that any one table may ask for at once. */
const READ_LIMIT_BYTES = 1 << 20;

interface Piece {
  readonly startBytes: number;
  readonly endBytes: number;
  readonly bytes: Buffer;
}

/** Buffers for pieces that no file uses at the moment: collecting those of a thousand libraries took a fifth of the time. */
const spareBuffers: Buffer[] = [];

/**
 * An ELF file's bytes, and its numbers in its class and byte order. Every place is checked against the file.
 * Its opener calls {@link release} when nothing reads from it or its tables any more.
 */
export class ElfBytes {
  readonly wide: boolean;
  readonly little: boolean;
  readonly #source: ByteSource;
  readonly #pieces: Piece[] = [];

  constructor(source: ByteSource, wide: boolean, little: boolean) {
    this.#source = source;
    this.wide = wide;
    this.little = little;
  }

  get sizeBytes(): number {
    return this.#source.sizeBytes;
  }

  /** Gives its buffers to the next file. */
  release(): void {
    for (const { bytes } of this.#pieces) keepBuffer(bytes);
    this.#pieces.length = 0;
  }

  /**
   * The numbers of a table, valid until the next table is read.
   *
   * @throws PlinthError `elf-invalid` naming `place`
   */
  table(offsetBytes: number, lengthBytes: number, place: string): ElfTable {
    const { bytes, startBytes } = this.#piece(offsetBytes, lengthBytes, place);
    return new ElfTable(bytes, { at: offsetBytes - startBytes, lengthBytes, wide: this.wide, little: this.little });
  }

  /**
   * The text at `offsetBytes` up to its NUL, which must come within `limitBytes`.
   *
   * @throws PlinthError `elf-invalid` naming `place`
   */
  text(offsetBytes: number, limitBytes: number, place: string): ByteString {
    const left = Math.min(limitBytes, this.sizeBytes - offsetBytes);
    for (let length = Math.min(left, 256); ; length = Math.min(left, length * 16)) {
      const { bytes, startBytes } = this.#piece(offsetBytes, length, place);
      const at = offsetBytes - startBytes;
      const end = bytes.indexOf(0, at);
      if (end >= at && end < at + length) return bytes.toString('latin1', at, end) as ByteString;
      if (length >= left) throw elfInvalid(place, `a text at ${offsetBytes} has no end within ${limitBytes} bytes`);
    }
  }

  #piece(offsetBytes: number, lengthBytes: number, place: string): Piece {
    const end = offsetBytes + lengthBytes;
    for (const piece of this.#pieces) {
      if (piece.startBytes <= offsetBytes && end <= piece.endBytes) return piece;
    }
    if (!(offsetBytes >= 0 && lengthBytes >= 0 && end <= this.sizeBytes)) {
      throw elfInvalid(place, `it lies at ${offsetBytes} to ${end}, the file has ${this.sizeBytes} bytes`);
    }
    if (lengthBytes > READ_LIMIT_BYTES) {
      throw elfInvalid(place, `it has ${lengthBytes} bytes, more than ${READ_LIMIT_BYTES}`);
    }
    return this.#read(offsetBytes, end);
  }

  #read(offsetBytes: number, end: number): Piece {
    const startBytes = offsetBytes - (offsetBytes % PIECE_START_BYTES);
    const wantedBytes = Math.min(this.sizeBytes, Math.max(end, startBytes + PIECE_BYTES)) - startBytes;
    const bytes = (wantedBytes <= PIECE_BYTES ? spareBuffers.pop() : undefined) ?? newBuffer(wantedBytes);
    const count = this.#source.read(bytes.subarray(0, wantedBytes), startBytes);
    if (count < end - startBytes)
      throw elfInvalid('file', `it ends at ${startBytes + count}, not at ${this.sizeBytes}`);
    const piece = { startBytes, endBytes: startBytes + count, bytes };
    this.#pieces.unshift(piece);
    const dropped = this.#pieces.length > PIECES_KEPT ? this.#pieces.pop() : undefined;
    if (dropped !== undefined) keepBuffer(dropped.bytes);
    return piece;
  }
}

function newBuffer(wantedBytes: number): Buffer {
  return Buffer.allocUnsafeSlow(Math.max(wantedBytes, PIECE_BYTES));
}

function keepBuffer(buffer: Buffer): void {
  if (buffer.length === PIECE_BYTES && spareBuffers.length < PIECES_KEPT) spareBuffers.push(buffer);
}

interface TablePlace {
  /** Where it begins in the buffer. */
  readonly at: number;
  readonly lengthBytes: number;
  readonly wide: boolean;
  readonly little: boolean;
}

/** Part of an ELF file: numbers at offsets within it. Its reader stays within `lengthBytes`. */
export class ElfTable {
  readonly lengthBytes: number;
  readonly #bytes: Buffer;
  readonly #at: number;
  readonly #wide: boolean;
  readonly #little: boolean;

  constructor(bytes: Buffer, { at, lengthBytes, wide, little }: TablePlace) {
    this.#bytes = bytes;
    this.#at = at;
    this.lengthBytes = lengthBytes;
    this.#wide = wide;
    this.#little = little;
  }

  byte(at: number): number {
    return this.#bytes.readUInt8(this.#at + at);
  }

  /** 16 bits. */
  half(at: number): number {
    return this.#little ? this.#bytes.readUInt16LE(this.#at + at) : this.#bytes.readUInt16BE(this.#at + at);
  }

  /** 32 bits. */
  word(at: number): number {
    return this.#little ? this.#bytes.readUInt32LE(this.#at + at) : this.#bytes.readUInt32BE(this.#at + at);
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
    const place = this.#at + at;
    return this.#little ? this.#bytes.readBigUInt64LE(place) : this.#bytes.readBigUInt64BE(place);
  }

  /** All its bytes as one text. */
  text(): string {
    return this.#bytes.toString('latin1', this.#at, this.#at + this.lengthBytes);
  }

  /** A copy of some of its bytes. */
  copy(at: number, end: number): Buffer {
    return Buffer.from(this.#bytes.subarray(this.#at + at, this.#at + end));
  }
}

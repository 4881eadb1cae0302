import type { ByteSource } from '../../tree/index.ts';
import { elfInvalid } from './elf-read-error.ts';

/** What is read at a time at least: of most files the tables lie within the first piece, and the dynamic section in a second. */
const PIECE_BYTES = 16 * 1024;
const PIECE_START_BYTES = 1024;
/** The longest piece whose buffer serves again. */
const BUFFER_BYTES = 64 * 1024;
/** Pieces kept, so that tables that are read in turns are each read once. */
const PIECES_KEPT = 4;
/** The most bytes that any one table may ask for at once. */
const READ_LIMIT_BYTES = 1 << 20;

/** Part of a file, valid until other parts are read. */
export interface Piece {
  readonly startBytes: number;
  readonly endBytes: number;
  readonly buffer: PieceBuffer;
}

export interface PieceBuffer {
  readonly bytes: Buffer;
  /** The same bytes. */
  readonly view: DataView;
}

/** Buffers for pieces that no file uses at the moment: collecting those of a thousand libraries took a fifth of the time. */
const spareBuffers: PieceBuffer[] = [];

/** A file that is read in pieces, few at a time. Its opener calls {@link release} when nothing reads from them any more. */
export class FilePieces {
  readonly #source: ByteSource;
  readonly #pieces: Piece[] = [];

  constructor(source: ByteSource) {
    this.#source = source;
  }

  get sizeBytes(): number {
    return this.#source.sizeBytes;
  }

  /** Gives its buffers to the next file. */
  release(): void {
    for (const { buffer } of this.#pieces) keepBuffer(buffer);
    this.#pieces.length = 0;
  }

  /**
   * A piece with all of these bytes.
   *
   * @throws PlinthError `elf-invalid` naming `place`
   */
  piece(offsetBytes: number, lengthBytes: number, place: string): Piece {
    const end = offsetBytes + lengthBytes;
    // An iterator would make an object at each step, and this is asked for every number and text.
    for (let index = 0; index < this.#pieces.length; index++) {
      const piece = this.#pieces[index];
      if (piece !== undefined && piece.startBytes <= offsetBytes && end <= piece.endBytes) return piece;
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
    const buffer = (wantedBytes <= BUFFER_BYTES ? spareBuffers.pop() : undefined) ?? newBuffer(wantedBytes);
    const count = this.#source.read(buffer.bytes.subarray(0, wantedBytes), startBytes);
    if (count < end - startBytes)
      throw elfInvalid('file', `it ends at ${startBytes + count}, not at ${this.sizeBytes}`);
    const piece = { startBytes, endBytes: startBytes + count, buffer };
    this.#pieces.unshift(piece);
    const dropped = this.#pieces.length > PIECES_KEPT ? this.#pieces.pop() : undefined;
    if (dropped !== undefined) keepBuffer(dropped.buffer);
    return piece;
  }
}

function newBuffer(wantedBytes: number): PieceBuffer {
  const bytes = Buffer.allocUnsafeSlow(Math.max(wantedBytes, BUFFER_BYTES));
  return { bytes, view: new DataView(bytes.buffer) };
}

function keepBuffer(buffer: PieceBuffer): void {
  if (buffer.bytes.length === BUFFER_BYTES && spareBuffers.length < PIECES_KEPT) spareBuffers.push(buffer);
}

import { BLOCK_BYTES } from './format.ts';

/** Where a disk is written. Bytes that are never written must read as zeros. */
export interface DiskSink {
  /** The bytes are only valid during the call. */
  write(bytes: Uint8Array, positionBytes: number): void;
}

/** Large enough for few calls, small enough to stay in a second-level cache between being filled and being written. */
const BUFFER_BLOCKS = 1024;

/** Gathers blocks that follow each other on the disk into large writes. */
export class BlockWriter {
  readonly #sink: DiskSink;
  readonly #buffer: Buffer = Buffer.allocUnsafeSlow(BUFFER_BLOCKS * BLOCK_BYTES);
  /** In blocks of the buffer: what is not yet written, and where on the disk it goes. */
  #from = 0;
  #to = 0;
  #disk = 0;
  #placed = 0;

  constructor(sink: DiskSink) {
    this.#sink = sink;
  }

  /** Blocks placed so far, those dropped included. */
  get placedBlocks(): number {
    return this.#placed;
  }

  /**
   * Room for block `block` and those behind it: for `count` of them, or, where the buffer ends, for some multiple of
   * `step`. Its bytes are arbitrary, and are to be filled before the next call.
   */
  place(block: number, count: number, step = 1): Buffer {
    const follows = block === this.#disk + (this.#to - this.#from);
    if (!follows || BUFFER_BLOCKS - this.#to < Math.min(step, count)) {
      this.flush();
      this.#disk = block;
    }
    const room = BUFFER_BLOCKS - this.#to;
    const take = count <= room ? count : room - (room % step);
    const start = this.#to;
    this.#to += take;
    this.#placed += take;
    return this.#buffer.subarray(start * BLOCK_BYTES, this.#to * BLOCK_BYTES);
  }

  /** Like {@link place} for exactly one block of zeros. */
  placeZeroed(block: number): Buffer {
    return this.place(block, 1).fill(0);
  }

  /** Writes `bytes`, any number of them, from block `block` on; the last block is filled up with zeros. */
  writeAt(block: number, bytes: Uint8Array): void {
    const count = Math.ceil(bytes.length / BLOCK_BYTES);
    for (let done = 0; done < count; ) {
      const room = this.place(block + done, count - done);
      const part = bytes.subarray(done * BLOCK_BYTES, done * BLOCK_BYTES + room.length);
      room.set(part);
      room.fill(0, part.length);
      done += room.length / BLOCK_BYTES;
    }
  }

  /** Leaves blocks out that were just placed, so that they stay unwritten. */
  drop(block: number, count: number): void {
    const at = this.#from + (block - this.#disk);
    this.#write(at);
    this.#from = at + count;
    this.#disk = block + count;
  }

  /** Writes what was placed. */
  flush(): void {
    this.#write(this.#to);
    this.#disk += this.#to - this.#from;
    this.#from = 0;
    this.#to = 0;
  }

  #write(to: number): void {
    if (to === this.#from) return;
    this.#sink.write(this.#buffer.subarray(this.#from * BLOCK_BYTES, to * BLOCK_BYTES), this.#disk * BLOCK_BYTES);
  }
}

import { asBuffer } from '../source.ts';
import { type TarDecodeOptions, TarDecoder } from './decoder.ts';
import type { TarEntry } from './entry.ts';
import { BLOCK_BYTES } from './layout.ts';

/**
 * Reads the entries of an archive that passes by in chunks. Entries are given as soon as their headers are through;
 * offsets count from the first byte pushed. Holds no more than one header at a time.
 */
export class TarScanner {
  readonly #decoder: TarDecoder;
  readonly #onEntry: (entry: TarEntry) => void;
  /** Bytes pushed before the present chunk. */
  #positionBytes = 0;
  /** The begin of what the decoder wants, from earlier chunks. */
  #carry: Buffer = Buffer.alloc(0);
  #carriedBytes = 0;

  constructor(onEntry: (entry: TarEntry) => void, options: TarDecodeOptions = {}) {
    this.#decoder = new TarDecoder(options);
    this.#onEntry = onEntry;
  }

  /**
   * Takes the next bytes of the archive; they are not kept. Any chunk sizes do.
   *
   * @throws PlinthError as {@link scanTar}, apart from `tar-truncated`
   */
  push(chunk: Uint8Array): void {
    const bytes = asBuffer(chunk);
    const endBytes = this.#positionBytes + bytes.length;
    const decoder = this.#decoder;
    while (!decoder.done) {
      const at = decoder.wantAtBytes - this.#positionBytes;
      const missing = decoder.wantBytes - this.#carriedBytes;
      if (this.#carriedBytes > 0 || at + missing > bytes.length) {
        if (!this.#collect(bytes, at)) break;
        this.#carriedBytes = 0;
        this.#give(this.#carry, 0);
      } else {
        this.#give(bytes, at);
      }
    }
    this.#positionBytes = endBytes;
  }

  /**
   * Tells that the archive is over.
   *
   * @throws PlinthError `tar-truncated`, `tar-not-a-tar`
   */
  finish(): void {
    const decoder = this.#decoder;
    if (decoder.done && decoder.dataEndBytes <= this.#positionBytes) return;
    decoder.end(this.#positionBytes, this.#carry.subarray(0, this.#carriedBytes));
  }

  #give(bytes: Buffer, at: number): void {
    const entry = this.#decoder.decode(bytes, at);
    if (entry !== undefined) this.#onEntry(entry);
  }

  /** Moves what is wanted of `bytes` to the carry; returns whether it is whole now. */
  #collect(bytes: Buffer, wantedAt: number): boolean {
    const { wantBytes } = this.#decoder;
    const from = Math.max(0, wantedAt);
    const to = Math.min(bytes.length, wantedAt + wantBytes);
    if (to <= from) return false;
    this.#reserve(this.#carriedBytes + (to - from));
    bytes.copy(this.#carry, this.#carriedBytes, from, to);
    this.#carriedBytes += to - from;
    return this.#carriedBytes === wantBytes;
  }

  /** Grows with what has come, not with what a header claims will. */
  #reserve(bytes: number): void {
    if (this.#carry.length >= bytes) return;
    const grown = Buffer.allocUnsafe(
      Math.max(2 * BLOCK_BYTES, bytes, Math.min(2 * this.#carry.length, this.#decoder.wantBytes)),
    );
    this.#carry.copy(grown, 0, 0, this.#carriedBytes);
    this.#carry = grown;
  }
}

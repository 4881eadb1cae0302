import { encodeTarHeader, encodeTarHeaderInto, type TarHeader } from '../archive/index.ts';
import type { Content, Extent } from './content.ts';
import { contentShort } from './content.ts';

/** Large enough that the cost of a write does not show, small enough for any machine. */
const BUFFER_BYTES = 1024 * 1024;

/**
 * Gathers small pieces into chunks of 1 MiB in one buffer. Every method is a generator of the chunks that became full;
 * a chunk is valid until the generator is resumed.
 */
export class TarStream {
  readonly #buffer: Buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #usedBytes = 0;
  #flushedBytes = 0;

  /** How many bytes have been appended. */
  get offsetBytes(): number {
    return this.#flushedBytes + this.#usedBytes;
  }

  /** The header of an entry, made in the buffer itself. */
  *appendHeader(header: TarHeader): Generator<Uint8Array> {
    const count = encodeTarHeaderInto(header, this.#buffer, this.#usedBytes);
    if (count === 0) yield* this.append(encodeTarHeader(header));
    else this.#usedBytes += count;
    if (this.#usedBytes === BUFFER_BYTES) yield* this.flush();
  }

  *append(bytes: Uint8Array): Generator<Uint8Array> {
    for (let done = 0; done < bytes.length; ) {
      const part = bytes.subarray(done, done + (BUFFER_BYTES - this.#usedBytes));
      this.#buffer.set(part, this.#usedBytes);
      this.#usedBytes += part.length;
      done += part.length;
      if (this.#usedBytes === BUFFER_BYTES) yield* this.flush();
    }
  }

  *appendZeros(count: number): Generator<Uint8Array> {
    for (let left = count; left > 0; ) {
      const part = Math.min(left, BUFFER_BYTES - this.#usedBytes);
      this.#buffer.fill(0, this.#usedBytes, this.#usedBytes + part);
      this.#usedBytes += part;
      left -= part;
      if (this.#usedBytes === BUFFER_BYTES) yield* this.flush();
    }
  }

  /** The bytes of `content` in `run`, read straight into the buffer. */
  *appendContent(content: Content, run: Extent): Generator<Uint8Array> {
    const end = run.offsetBytes + run.lengthBytes;
    for (let position = run.offsetBytes; position < end; ) {
      const part = Math.min(end - position, BUFFER_BYTES - this.#usedBytes);
      const count = content.read(this.#buffer.subarray(this.#usedBytes, this.#usedBytes + part), position);
      if (count === 0) throw contentShort(content.sizeBytes, position);
      this.#usedBytes += count;
      position += count;
      if (this.#usedBytes === BUFFER_BYTES) yield* this.flush();
    }
  }

  *flush(): Generator<Uint8Array> {
    if (this.#usedBytes === 0) return;
    yield this.#buffer.subarray(0, this.#usedBytes);
    this.#flushedBytes += this.#usedBytes;
    this.#usedBytes = 0;
  }
}

import { codecError } from './codec-error.ts';

const MAGIC = 0xfd2f_b528;
/** With any of sixteen values in its lowest four bits. */
const SKIPPABLE_MAGIC = 0x184d_2a50;
const CHECKSUM_BYTES = 4;
const RLE_BLOCK = 1;

/** What the bytes that are gathered now are. */
type Part = 'magic' | 'skippable-size' | 'descriptor' | 'header' | 'block';

/**
 * Cuts chunks where a frame ends, so that none has bytes of two: Node 24's decoder takes the end of a frame within a chunk
 * for the end of everything.
 *
 *     frame            magic 4 | descriptor 1 | window 0-1, dictionary 0-4, content size 0-8 | block … | checksum 0-4
 *     block            header 3: last:1, type:2, size:21 | data
 *     skippable frame  magic 4 | size 4 | data
 *
 * RFC 8878, section 3.1. Yields parts of the chunks, without copies.
 *
 * @throws PlinthError `compressed-data-corrupt` at bytes that begin no frame
 */
export async function* cutAtFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const frames = new FrameWalk();
  for await (const chunk of chunks) {
    let start = 0;
    for (let at = 0; at < chunk.length; ) {
      at = frames.step(chunk, at);
      if (!frames.atBorder) continue;
      yield chunk.subarray(start, at);
      start = at;
    }
    if (start < chunk.length) yield chunk.subarray(start);
  }
}

/** Follows the structure of frames through chunks. */
class FrameWalk {
  #part: Part = 'magic';
  #wantedBytes = 4;
  readonly #gathered: number[] = [];
  /** Data to pass over before the next part. */
  #skipBytes = 0;
  #checksumBytes = 0;

  get atBorder(): boolean {
    return this.#part === 'magic' && this.#skipBytes === 0 && this.#gathered.length === 0;
  }

  /** Takes bytes of `chunk` from `at`, at least one, and returns where to go on. */
  step(chunk: Uint8Array, at: number): number {
    if (this.#skipBytes > 0) {
      const skipped = Math.min(this.#skipBytes, chunk.length - at);
      this.#skipBytes -= skipped;
      return at + skipped;
    }
    this.#gathered.push(chunk[at] ?? 0);
    if (this.#gathered.length === this.#wantedBytes) this.#finishPart();
    return at + 1;
  }

  #finishPart(): void {
    const value = this.#gathered.reduceRight((sum, byte) => sum * 256 + byte, 0);
    this.#gathered.length = 0;
    switch (this.#part) {
      case 'magic':
        this.#finishMagic(value);
        break;
      case 'skippable-size':
        this.#skipBytes = value;
        this.#expect('magic', 4);
        break;
      case 'descriptor':
        this.#finishDescriptor(value);
        break;
      case 'header':
        this.#expect('block', 3);
        break;
      case 'block':
        this.#finishBlockHeader(value);
        break;
    }
  }

  #finishMagic(magic: number): void {
    if (magic === MAGIC) this.#expect('descriptor', 1);
    else if (magic - (magic % 16) === SKIPPABLE_MAGIC) this.#expect('skippable-size', 4);
    else throw codecError('zstd', 'corrupt', 'bytes follow the last frame');
  }

  #finishDescriptor(descriptor: number): void {
    const isSingleSegment = (descriptor & 0x20) !== 0;
    this.#checksumBytes = (descriptor & 4) === 0 ? 0 : CHECKSUM_BYTES;
    const contentSizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
    const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
    const restBytes = contentSizeBytes + dictionaryBytes + (isSingleSegment ? 0 : 1);
    // Never empty: without a window there is a content size.
    this.#expect('header', restBytes);
  }

  #finishBlockHeader(header: number): void {
    const isLast = (header & 1) === 1;
    const dataBytes = ((header >> 1) & 3) === RLE_BLOCK ? 1 : header >> 3;
    this.#skipBytes = dataBytes + (isLast ? this.#checksumBytes : 0);
    if (isLast) this.#expect('magic', 4);
    else this.#expect('block', 3);
  }

  #expect(part: Part, bytes: number): void {
    this.#part = part;
    this.#wantedBytes = bytes;
  }
}

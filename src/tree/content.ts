import { PlinthError } from '../errors/index.ts';
import type { TreeErrorCode } from './tree-errors.ts';

/** A run of bytes. */
export interface Extent {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/**
 * The bytes of a file, readable at random, wherever they lie: in a layer's tar, in a file on disk, in memory.
 *
 * Reads are synchronous: measured twice as fast as asynchronous ones for small files.
 */
export interface Content {
  /** Logical size, holes included. */
  readonly sizeBytes: number;
  /** For a sparse file: where data lies, ascending and disjoint; all else reads as zeros. Absent: all is data. */
  readonly extents?: readonly Extent[];
  /**
   * Reads bytes from `positionBytes` into `into`, as many as fit; returns how many.
   * Less than `into.length` only at the end of the content.
   *
   * @throws PlinthError if the bytes cannot be read or are fewer than `sizeBytes` promised
   */
  read(into: Uint8Array, positionBytes: number): number;
  /** Where each read by itself opens a file: the same bytes for several reads in a row. */
  open?(): OpenContent;
}

/** A content that holds a file open. Its opener closes it. */
export interface OpenContent extends ByteSource {
  /** @throws PlinthError if what was read is not what the content promised */
  close(): void;
}

/** Gives `content` to `use`, held open meanwhile if that makes its reads cheaper. */
export function withOpenContent<Result>(content: Content, use: (open: ByteSource) => Result): Result {
  const open = content.open?.();
  try {
    return use(open ?? content);
  } finally {
    open?.close();
  }
}

/** Something with bytes at offsets: an archive or a blob that many contents are parts of. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** Like {@link Content.read}. */
  read(into: Uint8Array, positionBytes: number): number;
}

class MemoryContent implements Content {
  readonly sizeBytes: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.sizeBytes = bytes.length;
  }

  read(into: Uint8Array, positionBytes: number): number {
    const part = this.#bytes.subarray(positionBytes, positionBytes + into.length);
    into.set(part);
    return part.length;
  }
}

/** A content held in memory. The bytes are not copied. */
export function memoryContent(bytes: Uint8Array | string): Content {
  return new MemoryContent(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
}

export const EMPTY_CONTENT: Content = memoryContent(new Uint8Array(0));

class SliceContent implements Content {
  readonly sizeBytes: number;
  readonly #source: ByteSource;
  readonly #offsetBytes: number;

  constructor(source: ByteSource, offsetBytes: number, sizeBytes: number) {
    this.#source = source;
    this.#offsetBytes = offsetBytes;
    this.sizeBytes = sizeBytes;
  }

  read(into: Uint8Array, positionBytes: number): number {
    const left = Math.max(0, this.sizeBytes - positionBytes);
    const part = left < into.length ? into.subarray(0, left) : into;
    if (part.length === 0) return 0;
    const count = this.#source.read(part, this.#offsetBytes + positionBytes);
    if (count < part.length) throw contentShort(this.sizeBytes, positionBytes + count);
    return count;
  }

  /** Whether the two are the same part of the same source, so that they are equal without being read. */
  isSamePart(other: Content): boolean {
    return (
      other instanceof SliceContent &&
      this.#source === other.#source &&
      this.#offsetBytes === other.#offsetBytes &&
      this.sizeBytes === other.sizeBytes
    );
  }
}

/** The part of `source` that begins at `offsetBytes` and is `sizeBytes` long. */
export function sliceContent(source: ByteSource, offsetBytes: number, sizeBytes: number): Content {
  return sizeBytes === 0 ? EMPTY_CONTENT : new SliceContent(source, offsetBytes, sizeBytes);
}

class SparseContent implements Content {
  readonly sizeBytes: number;
  readonly extents: readonly Extent[];
  readonly #data: ByteSource;
  /** Where each extent's bytes begin in the data. */
  readonly #storedAt: Float64Array;

  constructor(data: ByteSource, extents: readonly Extent[], sizeBytes: number) {
    this.#data = data;
    this.extents = extents;
    this.sizeBytes = sizeBytes;
    this.#storedAt = new Float64Array(extents.length);
    let storedBytes = 0;
    for (const [index, extent] of extents.entries()) {
      this.#storedAt[index] = storedBytes;
      storedBytes += extent.lengthBytes;
    }
  }

  read(into: Uint8Array, positionBytes: number): number {
    const length = Math.min(into.length, Math.max(0, this.sizeBytes - positionBytes));
    const end = positionBytes + length;
    into.fill(0, 0, length);
    for (let index = firstExtentAfter(this.extents, positionBytes); index < this.extents.length; index++) {
      const extent = this.extents[index];
      if (extent === undefined || extent.offsetBytes >= end) break;
      const from = Math.max(extent.offsetBytes, positionBytes);
      const part = into.subarray(
        from - positionBytes,
        Math.min(extent.offsetBytes + extent.lengthBytes, end) - positionBytes,
      );
      const count = this.#data.read(part, (this.#storedAt[index] ?? 0) + (from - extent.offsetBytes));
      if (count < part.length) throw contentShort(this.sizeBytes, from + count);
    }
    return length;
  }
}

/** The index of the first extent that ends after `positionBytes`. */
function firstExtentAfter(extents: readonly Extent[], positionBytes: number): number {
  let low = 0;
  let high = extents.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const extent = extents[middle];
    if (extent !== undefined && extent.offsetBytes + extent.lengthBytes <= positionBytes) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A file with holes whose data runs lie one after another in `data`, in the order of `extents`. */
export function sparseContent(data: ByteSource, extents: readonly Extent[], sizeBytes: number): Content {
  return new SparseContent(data, extents, sizeBytes);
}

/** All bytes of `content`; only for what is known to be small. */
export function readContent(content: Content): Buffer {
  const bytes = Buffer.allocUnsafe(content.sizeBytes);
  const count = content.read(bytes, 0);
  if (count < bytes.length) throw contentShort(bytes.length, count);
  return bytes;
}

/**
 * Reads `content` from begin to end through `buffer`, giving `use` one full buffer at a time (the last may be shorter).
 * The chunk is only valid during the call.
 *
 * @throws PlinthError `content-short`
 */
export function forEachChunk(content: Content, buffer: Uint8Array, use: (chunk: Uint8Array) => void): void {
  readRun(content, { offsetBytes: 0, lengthBytes: content.sizeBytes }, buffer, use);
}

/**
 * Like {@link forEachChunk} for the data alone: the holes of a sparse content are passed over. `use` is told where
 * in the content the chunk lies.
 *
 * @throws PlinthError `content-short`
 */
export function forEachDataChunk(
  content: Content,
  buffer: Uint8Array,
  use: (chunk: Uint8Array, positionBytes: number) => void,
): void {
  if (content.extents === undefined) {
    readRun(content, { offsetBytes: 0, lengthBytes: content.sizeBytes }, buffer, use);
    return;
  }
  for (const extent of content.extents) readRun(content, extent, buffer, use);
}

function readRun(
  content: Content,
  run: Extent,
  buffer: Uint8Array,
  use: (chunk: Uint8Array, positionBytes: number) => void,
): void {
  const end = run.offsetBytes + run.lengthBytes;
  for (let position = run.offsetBytes; position < end; ) {
    const left = end - position;
    const part = left < buffer.length ? buffer.subarray(0, left) : buffer;
    const count = content.read(part, position);
    if (count === 0) throw contentShort(content.sizeBytes, position);
    use(count === part.length ? part : part.subarray(0, count), position);
    position += count;
  }
}

/** How much of two contents is compared at a time. */
const COMPARE_BYTES = 64 * 1024;

/** Whether two contents hold the same bytes. Reads them only if nothing else decides. */
export function equalContents(left: Content, right: Content): boolean {
  if (left === right) return true;
  if (left.sizeBytes !== right.sizeBytes) return false;
  if (left.sizeBytes === 0 || (left instanceof SliceContent && left.isSamePart(right))) return true;
  const length = Math.min(COMPARE_BYTES, left.sizeBytes);
  const [one, other] = [Buffer.allocUnsafe(length), Buffer.allocUnsafe(length)];
  for (let position = 0; position < left.sizeBytes; position += length) {
    const [oneCount, otherCount] = [left.read(one, position), right.read(other, position)];
    if (oneCount !== otherCount || one.compare(other, 0, otherCount, 0, oneCount) !== 0) return false;
  }
  return true;
}

/** The error for a content that ends too early. */
export function contentShort(sizeBytes: number, gotBytes: number): PlinthError<TreeErrorCode> {
  return new PlinthError<TreeErrorCode>(`read file content: want ${sizeBytes} bytes, the data ends at ${gotBytes}`, {
    code: 'content-short',
    details: { expected: sizeBytes, actual: gotBytes },
  });
}

/*
 * One gzip member, deflated in pieces at once (RFC 1951, RFC 1952):
 *
 *   header 10 │ piece, ended on a byte by an empty stored block │ … │ final empty block 03 00 │ crc32 u32 │ size u32
 *
 * Each piece has the 32 KiB before it as dictionary, so that the join costs nothing but its 5 bytes.
 */
import { constants, crc32, deflateRaw } from 'node:zlib';

const PIECE_BYTES = 1024 * 1024;
const WINDOW_BYTES = 32 * 1024;
/** What Node's thread pool runs at once unless told otherwise, and one that waits for its turn. */
const IN_FLIGHT = 5;
/** No name, no time, system 255 (unknown): nothing that differs between runs or machines. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
const FINAL_BLOCK = Buffer.from([0x03, 0x00]);

/** Compresses on all cores through Node's thread pool; see `compress`. */
export async function* gzip(chunks: AsyncIterable<Uint8Array>, level: number): AsyncGenerator<Uint8Array> {
  yield HEADER;
  const queue: Promise<Buffer>[] = [];
  let dictionary: Buffer | undefined;
  let checksum = 0;
  let sizeBytes = 0;
  for await (const piece of pieces(chunks)) {
    const deflated = deflate(piece, level, dictionary);
    // Awaited in its turn, unless the consumer leaves before.
    deflated.catch(() => undefined);
    queue.push(deflated);
    dictionary = piece.subarray(-WINDOW_BYTES);
    checksum = crc32(piece, checksum);
    sizeBytes += piece.length;
    if (queue.length >= IN_FLIGHT) yield await (queue.shift() as Promise<Buffer>);
  }
  for (const deflated of queue) yield await deflated;
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksum, 0);
  trailer.writeUInt32LE(sizeBytes % 2 ** 32, 4);
  yield Buffer.concat([FINAL_BLOCK, trailer]);
}

/** `chunks` cut anew into copies of {@link PIECE_BYTES}; the last may be shorter. */
async function* pieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
  let filled = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + PIECE_BYTES - filled);
      piece.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < PIECE_BYTES) continue;
      yield piece;
      piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}

function deflate(piece: Buffer, level: number, dictionary: Buffer | undefined): Promise<Buffer> {
  // Room for all of the result, so that one turn on a thread is enough.
  const chunkSize = PIECE_BYTES + 1024;
  const options = { level, chunkSize, finishFlush: constants.Z_SYNC_FLUSH, ...(dictionary && { dictionary }) };
  return new Promise((resolve, reject) => {
    deflateRaw(piece, options, (error, result) => (error === null ? resolve(result) : reject(error)));
  });
}

import { archiveError } from '../archive-error.ts';
import { type Compression, DETECT_BYTES, detectCompression } from './compression.ts';
import { SourceIteration } from './source-iteration.ts';

export interface DecompressOptions {
  /** Throws `compressed-data-too-large` when more than this comes out. */
  readonly limitBytes?: number;
}

/**
 * The bytes that `chunks` are the compressed form of. Without `compression` it is detected; what is not known passes
 * through. Members, frames and streams that follow one another are joined, as the tools do. Memory is bounded, whatever
 * the input; ending early closes the source.
 *
 * @throws PlinthError `compressed-data-corrupt`, `compressed-data-truncated`, `compressed-data-unsupported`,
 *   `compressed-data-too-large`; errors of `chunks` as they are
 */
export async function* decompress(
  chunks: AsyncIterable<Uint8Array>,
  compression?: Compression,
  { limitBytes = Number.POSITIVE_INFINITY }: DecompressOptions = {},
): AsyncGenerator<Uint8Array> {
  let sizeBytes = 0;
  for await (const chunk of decoded(chunks, compression)) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) {
      throw archiveError('compressed-data-too-large', `decompress: data is over the limit of ${limitBytes} bytes`, {
        limitBytes,
      });
    }
    yield chunk;
  }
}

async function* decoded(chunks: AsyncIterable<Uint8Array>, given: Compression | undefined): AsyncGenerator<Uint8Array> {
  if (given !== undefined) {
    yield* await decoder(given, chunks);
    return;
  }
  const source = new SourceIteration(chunks);
  try {
    const prefix = await readPrefix(source);
    yield* await decoder(detectCompression(prefix), source.rest(prefix));
  } finally {
    await source.close();
  }
}

/** The first chunk, or as many as it takes to see how the stream begins. */
async function readPrefix(source: SourceIteration): Promise<Uint8Array> {
  let prefix: Uint8Array = new Uint8Array(0);
  while (prefix.length < DETECT_BYTES) {
    const chunk = await source.next();
    if (chunk === undefined) break;
    if (prefix.length === 0 && chunk.length >= DETECT_BYTES) return chunk;
    // Copied: the source may use the memory of a chunk again once it is asked for the next.
    prefix = Buffer.concat([prefix, chunk]);
  }
  return prefix;
}

/** Loads only the codec that is asked for: each costs milliseconds. */
async function decoder(
  compression: Compression,
  chunks: AsyncIterable<Uint8Array>,
): Promise<AsyncIterable<Uint8Array>> {
  switch (compression) {
    case 'none':
      return chunks;
    case 'gzip':
      return (await import('./zlib.ts')).gunzip(chunks);
    case 'zstd':
      return (await import('./zlib.ts')).unzstd(chunks);
    case 'xz':
      return (await import('./xz.ts')).unxz(chunks);
    case 'bzip2':
      return (await import('./bzip2.ts')).bunzip2(chunks);
  }
}

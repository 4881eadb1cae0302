import { throughTransform } from './transform.ts';

export interface CompressOptions {
  /** As the tools count: gzip 1 to 9, 6 if not given; zstd 1 to 19, 3 if not given. */
  readonly level?: number;
  /** How many bytes will come, where that is known: zstd then writes it into the frame. */
  readonly sizeBytes?: number;
}

/**
 * The compressed form of `chunks`. The same bytes give the same result on every run, however they are cut into chunks.
 * Ending early closes the source.
 */
export async function* compress(
  chunks: AsyncIterable<Uint8Array>,
  compression: 'none' | 'gzip' | 'zstd',
  { level, sizeBytes }: CompressOptions = {},
): AsyncGenerator<Uint8Array> {
  switch (compression) {
    case 'none':
      yield* chunks;
      return;
    case 'gzip':
      yield* (await import('./gzip.ts')).gzip(chunks, level ?? 6);
      return;
    case 'zstd':
      yield* zstd(chunks, level ?? 3, sizeBytes);
  }
}

async function* zstd(
  chunks: AsyncIterable<Uint8Array>,
  level: number,
  sizeBytes: number | undefined,
): AsyncGenerator<Uint8Array> {
  const { constants, createZstdCompress } = await import('node:zlib');
  const transform = createZstdCompress({
    chunkSize: 256 * 1024,
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
    ...(sizeBytes === undefined ? {} : { pledgedSrcSize: sizeBytes }),
  });
  yield* throughTransform(chunks, transform, (error) => error);
}

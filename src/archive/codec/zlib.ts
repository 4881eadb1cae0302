import { createGunzip, createZstdDecompress } from 'node:zlib';
import { codecError } from './codec-error.ts';
import { throughTransform } from './transform.ts';
import { cutAtFrames } from './zstd-frames.ts';

/** Larger than Node's 16 KiB: fewer turns between the thread pool and the event loop. */
const CHUNK_BYTES = 256 * 1024;

/** Decodes gzip: members one after another, zeros after the last. RFC 1952. */
export function gunzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  return throughTransform(chunks, createGunzip({ chunkSize: CHUNK_BYTES }), (error) => wrap('gzip', error));
}

/** Decodes zstd: frames one after another, skippable ones passed over. RFC 8878. */
export function unzstd(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const transform = createZstdDecompress({ chunkSize: CHUNK_BYTES });
  return throughTransform(cutAtFrames(chunks), transform, (error) => wrap('zstd', error));
}

function wrap(codec: 'gzip' | 'zstd', error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code === 'Z_BUF_ERROR') return codecError(codec, 'truncated', 'data ends too early', error);
  if (code === 'ZSTD_error_frameParameter_windowTooLarge') {
    return codecError(codec, 'unsupported', 'window is over 128 MiB', error);
  }
  return code.startsWith('Z_') || code.startsWith('ZSTD_') || code.startsWith('ERR_ZSTD')
    ? codecError(codec, 'corrupt', error.message, error)
    : error;
}

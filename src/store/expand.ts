import { decompress } from '../archive/index.ts';
import { PlinthError } from '../errors/index.ts';
import type { StoreErrorCode } from './error.ts';

/** How far an archive from outside may go. */
export interface LoadLimits {
  /** Bytes of the whole archive, and of each layer, decompressed. */
  readonly bytes: number;
  /** How many bytes may come out of one compressed byte, once `freeBytes` have come out. */
  readonly ratio: number;
  readonly freeBytes: number;
  readonly files: number;
}

/** gzip at its best packs 1 GiB of zeros to 1 MiB; nothing that is worth keeping comes near a quarter of that. */
export const LOAD_LIMITS: LoadLimits = { bytes: 2 ** 41, ratio: 250, freeBytes: 2 ** 30, files: 20_000 };

/**
 * `chunks` decompressed, whatever their compression; what expands too far is refused before it fills the disk.
 *
 * @throws PlinthError `image-archive-too-large`, and those of the archive room's codecs
 */
export async function* expand(
  chunks: AsyncIterable<Uint8Array>,
  what: string,
  limits: LoadLimits,
): AsyncGenerator<Uint8Array> {
  let packedBytes = 0;
  let expandedBytes = 0;
  for await (const chunk of decompress(counted(chunks, (bytes) => (packedBytes += bytes)))) {
    expandedBytes += chunk.length;
    if (expandedBytes > limits.bytes) throw tooLarge(`${what} has more than ${limits.bytes} bytes`);
    if (expandedBytes > limits.freeBytes && expandedBytes > packedBytes * limits.ratio) {
      throw tooLarge(`${what} expands more than ${limits.ratio} times`);
    }
    yield chunk;
  }
}

async function* counted(chunks: AsyncIterable<Uint8Array>, count: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    count(chunk.length);
    yield chunk;
  }
}

/** The error for an archive that exceeds a limit. */
export function tooLarge(fact: string): PlinthError<StoreErrorCode> {
  return new PlinthError<StoreErrorCode>(`read image archive: ${fact}`, {
    code: 'image-archive-too-large',
    hint: 'It looks made to fill the disk. If you trust it, unpack it yourself and load the directory.',
  });
}

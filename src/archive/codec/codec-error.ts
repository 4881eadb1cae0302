import type { PlinthError } from '../../errors/index.ts';
import { type ArchiveErrorCode, archiveError } from '../archive-error.ts';
import type { Compression } from './compression.ts';

/** An error that a codec found in its input; `fact` says what. */
export function codecError(
  codec: Compression,
  problem: 'corrupt' | 'truncated' | 'unsupported',
  fact: string,
  cause?: unknown,
): PlinthError<ArchiveErrorCode> {
  return archiveError(`compressed-data-${problem}`, `decompress ${codec}: ${fact}`, { codec }, cause);
}

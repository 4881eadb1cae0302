import { archiveError } from '../archive-error.ts';
import type { TarKind } from './entry.ts';

/** The kinds by their number in the first byte of a record. */
export const KINDS: readonly TarKind[] = ['file', 'directory', 'symlink', 'hardlink', 'character', 'block', 'fifo'];
/** The flags of the same byte. */
export const KIND_BITS = 0b111;
export const SAME_ATTRIBUTES = 0b1000;
export const SAME_TIME = 0b1_0000;
export const HAS_XATTRS = 0b10_0000;
export const HAS_EXTENTS = 0b100_0000;

/** The error of an index that is not as it was written. */
export function corruptIndex(fact: string): Error {
  return archiveError('tar-index-corrupt', `read layer index: ${fact}`);
}

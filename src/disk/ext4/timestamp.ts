// A time is 32 signed bits of seconds since 1970, and a second word of 30 bits of ns above 2 bits of "epoch", which
// count 2^32 s to be added (kernel: inodes.rst, Inode Timestamps).

const NS_PER_SECOND = 1_000_000_000;
const BIG_NS_PER_SECOND = 1_000_000_000n;
const EPOCH_SECONDS = 2 ** 32;

export const MIN_SECONDS: number = -(2 ** 31);
export const MAX_SECONDS: number = 2 ** 31 - 1 + 3 * EPOCH_SECONDS;

/** A time as an inode holds it, and its whole seconds since 1970. */
export interface Timestamp {
  readonly seconds: number;
  readonly low: number;
  readonly extra: number;
}

/** `timeNs` in its parts; the words are of use only if its seconds are in range. */
export function splitTime(timeNs: bigint): Timestamp {
  let seconds = Number(timeNs / BIG_NS_PER_SECOND);
  let nanoseconds = Number(timeNs % BIG_NS_PER_SECOND);
  if (nanoseconds < 0) {
    seconds--;
    nanoseconds += NS_PER_SECOND;
  }
  const low = seconds | 0;
  const epoch = (seconds - low) / EPOCH_SECONDS;
  return { seconds, low: low >>> 0, extra: ((nanoseconds << 2) | epoch) >>> 0 };
}

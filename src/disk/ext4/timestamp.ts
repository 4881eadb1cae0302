// A time is 32 signed bits of seconds since 1970, and a second word of 30 bits of ns above 2 bits of "epoch", which
// count 2^32 s to be added (kernel: inodes.rst, Inode Timestamps).

const NS_PER_SECOND = 1_000_000_000n;
const EPOCH_SECONDS = 2 ** 32;

export const MIN_SECONDS: number = -(2 ** 31);
export const MAX_SECONDS: number = 2 ** 31 - 1 + 3 * EPOCH_SECONDS;

export interface Timestamp {
  readonly low: number;
  readonly extra: number;
}

/** Whole seconds of a time in ns, rounded down. */
export function secondsOf(timeNs: bigint): number {
  const seconds = Number(timeNs / NS_PER_SECOND);
  return timeNs < 0n && timeNs % NS_PER_SECOND !== 0n ? seconds - 1 : seconds;
}

/** The two words of a time that is in range. */
export function encodeTimestamp(timeNs: bigint): Timestamp {
  const seconds = secondsOf(timeNs);
  const nanoseconds = Number(timeNs - BigInt(seconds) * NS_PER_SECOND);
  const low = seconds | 0;
  const epoch = (seconds - low) / EPOCH_SECONDS;
  return { low: low >>> 0, extra: ((nanoseconds << 2) | epoch) >>> 0 };
}

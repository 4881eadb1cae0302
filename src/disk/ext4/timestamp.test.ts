import { describe, expect, it } from 'vitest';
import { splitTime } from './timestamp.ts';

describe('splitTime', () => {
  // The first column of the kernel's table of the epoch bits (inodes.rst, Inode Timestamps), and times around it.
  it.each([
    ['the epoch', 0n, { seconds: 0, low: 0, extra: 0 }],
    ['a nanosecond before it', -1n, { seconds: -1, low: 0xffffffff, extra: 999_999_999 * 4 }],
    ['1901', -(2n ** 31n) * 10n ** 9n, { seconds: -(2 ** 31), low: 0x80000000, extra: 0 }],
    ['2038', (2n ** 31n - 1n) * 10n ** 9n, { seconds: 2 ** 31 - 1, low: 0x7fffffff, extra: 0 }],
    ['one second later', 2n ** 31n * 10n ** 9n + 5n, { seconds: 2 ** 31, low: 0x80000000, extra: 5 * 4 + 1 }],
    ['2446', (2n ** 34n - 2n ** 31n - 1n) * 10n ** 9n, { seconds: 15032385535, low: 0x7fffffff, extra: 3 }],
  ])('of %s', (_, timeNs, expected) => {
    expect(splitTime(timeNs)).toEqual(expected);
  });
});

import { describe, expect, it } from 'vitest';
import { encodeText } from '../../bytes/index.ts';
import { directoryHash, type HashSeed } from './directory-hash.ts';

// As the UUID 01020304-0506-0708-090a-0b0c0d0e0f10 is read.
const SEED: HashSeed = [0x04030201, 0x08070605, 0x0c0b0a09, 0x100f0e0d];

describe('directoryHash', () => {
  // From e2fsprogs: debugfs -R 'dx_hash -h half_md4 -s 01020304-0506-0708-090a-0b0c0d0e0f10 NAME'
  it.each([
    ['a', 0x8d08ec4c],
    ['hello', 0xe2ddf968],
    ['some-longer-name-that-exceeds-thirty-two-bytes-in-total', 0x212d995c],
    ['x0123456789abcdef0123456789abcde', 0x0d7f5d48],
  ])('of %s is that of e2fsprogs', (name, expected) => {
    expect(directoryHash(encodeText(name), SEED)).toBe(expected);
  });
});

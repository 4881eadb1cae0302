// The hash by which large directories are indexed: MD4 (RFC 1320) with two of its four additions of each round left
// out, over the name in pieces of 32 bytes (kernel: directory.rst, Hash Tree Directories; hash version 1, unsigned).

import type { ByteString } from '../../bytes/index.ts';

/** Four words. */
export type HashSeed = readonly [number, number, number, number];

const PIECE_BYTES = 32;
const PIECE_WORDS = 8;

/** By round: constant, rotations, and the order in which the words of the piece are taken. */
const ROUNDS = [
  { constant: 0, rotations: [3, 7, 11, 19], order: [0, 1, 2, 3, 4, 5, 6, 7] },
  { constant: 0x5a827999, rotations: [3, 5, 9, 13], order: [1, 3, 5, 7, 0, 2, 4, 6] },
  { constant: 0x6ed9eba1, rotations: [3, 9, 11, 15], order: [3, 7, 2, 6, 1, 5, 0, 4] },
] as const;

/** A hash that would be this one marks the end of a directory for readers, and is made the one before. */
const END_MARK = 0xfffffffe;

/** The hash of `name`; its lowest bit is always clear, since the index uses it. */
export function directoryHash(name: ByteString, seed: HashSeed): number {
  const state = Uint32Array.from(seed);
  const words = new Uint32Array(PIECE_WORDS);
  for (let at = 0; at < name.length; at += PIECE_BYTES) {
    loadPiece(name, at, words);
    mix(state, words);
  }
  const hash = ((state[1] as number) & ~1) >>> 0;
  return hash === END_MARK ? END_MARK - 2 : hash;
}

/** Reads up to 32 bytes of `name` as big-endian words, the rest filled with the number of bytes left in the name. */
function loadPiece(name: ByteString, from: number, words: Uint32Array): void {
  const left = name.length - from;
  const pad = Math.imul(left & 0xff, 0x01010101);
  const end = Math.min(left, PIECE_BYTES);
  words.fill(pad);
  let word = pad;
  for (let i = 0; i < end; i++) {
    word = (word << 8) | name.charCodeAt(from + i);
    words[i >> 2] = word;
    if ((i & 3) === 3) word = pad;
  }
}

function mix(state: Uint32Array, words: Uint32Array): void {
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  for (let round = 0; round < ROUNDS.length; round++) {
    const { constant, rotations, order } = ROUNDS[round] as (typeof ROUNDS)[number];
    for (let step = 0; step < PIECE_WORDS; step++) {
      const word = words[order[step] as number] as number;
      const sum = (a + choose(round, b, c, d) + word + constant) | 0;
      const rotation = rotations[step & 3] as number;
      // The four words take turns in being changed; here they change places instead.
      a = d;
      d = c;
      c = b;
      b = (sum << rotation) | (sum >>> (32 - rotation));
    }
  }
  state[0] = (state[0] as number) + a;
  state[1] = (state[1] as number) + b;
  state[2] = (state[2] as number) + c;
  state[3] = (state[3] as number) + d;
}

// Four parameters: a tuple for each of 24 steps a piece would cost more than the step.
function choose(round: number, x: number, y: number, z: number): number {
  if (round === 0) return z ^ (x & (y ^ z));
  if (round === 1) return (x & y) + ((x ^ y) & z);
  return x ^ y ^ z;
}

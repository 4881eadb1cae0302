import { describe, expect, it } from 'vitest';
import { directory, file, tree } from '../../../test/support/ext4-trees.ts';
import type { ByteString } from '../../bytes/index.ts';
import { collectInodes } from './collect.ts';
import { planIndex } from './directory.ts';
import { directoryHash, type HashSeed } from './directory-hash.ts';
import type { Inode } from './inode.ts';

const SEED: HashSeed = [1, 2, 3, 4];

/** A directory with files of these names. */
function directoryOf(names: readonly ByteString[]): Inode {
  const made = tree({ d: { ...directory(), children: new Map(names.map((name) => [name, file()])) } });
  return collectInodes(made).find(({ name }) => name === 'd') as Inode;
}

/** Two long names with the same hash. */
function collidingNames(): [ByteString, ByteString] {
  const seen = new Map<number, ByteString>();
  for (let i = 0; ; i++) {
    const name = `${i}`.padStart(250, 'c') as ByteString;
    const hash = directoryHash(name, SEED);
    const other = seen.get(hash);
    if (other !== undefined) return [other, name];
    seen.set(hash, name);
  }
}

describe('planIndex', () => {
  it('makes no index for what fits in one block', () => {
    expect(planIndex(directoryOf(fill(15)), SEED)).toBeUndefined();
    expect(planIndex(directoryOf(fill(16)), SEED)?.leafStarts).toEqual([0, 15]);
  });

  it('orders names by hash, each list beginning at the hash that the index has', () => {
    const index = planIndex(directoryOf(fill(100)), SEED);
    const hashes = index?.entries.map(({ name }) => directoryHash(name, SEED)) ?? [];
    expect(hashes).toEqual([...hashes].sort((left, right) => left - right));
    expect(index?.leafHashes.slice(1)).toEqual(index?.leafStarts.slice(1).map((start) => hashes[start]));
  });

  it('marks a list that goes on with the hash that ended the one before', () => {
    const pair = collidingNames();
    const hash = directoryHash(pair[0], SEED);
    // As many smaller hashes as fill a list but for one name.
    const smaller = fill(2000).filter((name) => directoryHash(name, SEED) < hash);
    const index = planIndex(directoryOf([...smaller.slice(0, 14), ...pair, ...larger(hash)]), SEED);
    expect(index?.leafStarts[1]).toBe(15);
    expect(index?.leafHashes[1]).toBe(hash + 1);
  });
});

function fill(count: number): ByteString[] {
  return Array.from({ length: count }, (_, i) => `${i}`.padStart(255, 'n') as ByteString);
}

function larger(hash: number): ByteString[] {
  return fill(4000)
    .slice(2000)
    .filter((name) => directoryHash(name, SEED) > hash)
    .slice(0, 5);
}

import { describe, expect, it } from 'vitest';
import type { ByteString } from '../bytes/index.ts';
import { StatCache } from './stat-cache.ts';
import type { FileFacts, Fingerprint } from './stat-columns.ts';

const TAKEN_NS = 1_700_000_000_123_456_789n;
const OLD_NS = TAKEN_NS - 3_000_000_000n;

const at = (path: string): ByteString => path as ByteString;
const fingerprint = (text: string): Fingerprint => text.padEnd(32, '\xff') as Fingerprint;
const facts = (ino: number, changes: Partial<FileFacts> = {}): FileFacts => ({
  dev: 0xffff_ffff_ffffn,
  ino: BigInt(ino),
  size: 5_000_000_000n,
  mtimeNs: -1n,
  ctimeNs: OLD_NS,
  ...changes,
});

/** A cache of a later build, with what was remembered of these files. */
function remembered(files: Readonly<Record<string, FileFacts>>, earlier?: StatCache): StatCache {
  const cache = earlier ?? StatCache.decode(undefined);
  for (const [path, file] of Object.entries(files)) {
    cache.remember(cache.meet(at(path), file), fingerprint(path), TAKEN_NS);
  }
  return StatCache.decode(cache.encode());
}

function find(cache: StatCache, path: string, file: FileFacts): Fingerprint | undefined {
  return cache.fingerprint(cache.meet(at(path), file));
}

describe('StatCache', () => {
  it('knows a file by its path and facts', () => {
    const cache = remembered({ a: facts(1), 'd/b\xe9': facts(2), '': facts(3) });
    expect(find(cache, 'd/b\xe9', facts(2))).toBe(fingerprint('d/b\xe9'));
    expect(find(cache, '', facts(3))).toBe(fingerprint(''));
    expect(find(cache, 'b', facts(2))).toBeUndefined();
    expect(find(cache, 'a', facts(1))).toBe(fingerprint('a'));
    expect(cache.changed).toBe(false);
  });

  it.each([
    ['device', { dev: 1n }],
    ['inode', { ino: 2n }],
    ['size', { size: 5n }],
    ['modification time', { mtimeNs: 0n }],
    ['change time', { ctimeNs: OLD_NS + 1n }],
  ])('does not know a file with another %s', (_, change) => {
    const cache = remembered({ a: facts(1) });
    expect(find(cache, 'a', facts(1, change))).toBeUndefined();
  });

  it('holds the facts of every file that was met, whether it knows it or not', () => {
    const cache = remembered({ known: facts(1, { size: 1n, mtimeNs: 11n }) });
    const rows = Array.from({ length: 1000 }, (_, index) =>
      cache.meet(at(`directory of many/file ${index}`), facts(index, { size: BigInt(index), mtimeNs: BigInt(-index) })),
    );
    const known = cache.meet(at('known'), facts(1, { size: 1n, mtimeNs: 11n }));
    expect([cache.sizeBytes(known), cache.mtimeNs(known)]).toEqual([1, 11n]);
    for (const [index, row] of rows.entries()) {
      expect([cache.sizeBytes(row), cache.mtimeNs(row)]).toEqual([index, BigInt(-index)]);
    }
  });

  it.each([
    ['1600', -11_676_096_000_000_000_000n],
    ['2300', 10_413_792_000_000_000_001n],
  ])('holds a modification time that 64 bits do not: %s', (_, mtimeNs) => {
    const cache = remembered({ a: facts(1, { mtimeNs }) });
    const again = remembered({ a: facts(1, { mtimeNs }) }, cache);
    for (const one of [cache, again]) {
      expect(one.mtimeNs(one.meet(at('a'), facts(1, { mtimeNs })))).toBe(mtimeNs);
      expect(one.mtimeNs(one.meet(at('b'), facts(2)))).toBe(-1n);
    }
  });

  it('notes digests for known and for new files', () => {
    const cache = remembered({ known: facts(1) });
    const rows = [cache.meet(at('known'), facts(1)), cache.meet(at('new'), facts(2))] as const;
    for (const row of rows) {
      expect(cache.digest(row)).toBeUndefined();
      cache.setDigest(row, fingerprint(`digest ${row}`));
      expect(cache.digest(row)).toBe(fingerprint(`digest ${row}`));
    }
    cache.setDigest(rows[0], undefined);
    expect([cache.digest(rows[0]), cache.digest(rows[1])]).toEqual([undefined, fingerprint('digest 1')]);
  });

  it('keeps a thousand files', () => {
    const names = Array.from({ length: 1000 }, (_, index) => `directory of many/file ${index}`);
    const cache = remembered(Object.fromEntries(names.map((name, index) => [name, facts(index)])));
    for (const [index, name] of names.entries()) expect(find(cache, name, facts(index))).toBe(fingerprint(name));
  });

  it('replaces what changed, and keeps what it could not remember anew', () => {
    const cache = remembered({ a: facts(1), b: facts(2) });
    cache.remember(cache.meet(at('a'), facts(7)), fingerprint('new'), TAKEN_NS);
    cache.meet(at('b'), facts(8));
    const [next, other] = [StatCache.decode(cache.encode()), StatCache.decode(cache.encode())];
    expect([find(next, 'a', facts(7)), find(next, 'b', facts(2))]).toEqual([fingerprint('new'), fingerprint('b')]);
    expect([find(other, 'a', facts(1)), find(other, 'b', facts(8))]).toEqual([undefined, undefined]);
  });

  it.each([
    ['so short a time before that a change might not show', TAKEN_NS - 1_000_000n, undefined],
    ['after it began', TAKEN_NS + 1_000_000_000n, undefined],
    ['a tick before', TAKEN_NS - 20_000_000n, fingerprint('a')],
    ['within two seconds, where times are whole seconds', 1_699_999_999_000_000_000n, undefined],
  ])('remembers or not a file that changed %s', (_, ctimeNs, expected) => {
    expect(find(remembered({ a: facts(1, { ctimeNs }) }), 'a', facts(1, { ctimeNs }))).toBe(expected);
  });

  it('forgets what 16 builds in a row did not meet', () => {
    let cache = remembered({ a: facts(1), b: facts(2) });
    for (let build = 0; build < 16; build++) {
      expect(find(cache, 'b', facts(2))).toBeDefined();
      cache = StatCache.decode(cache.encode());
    }
    const next = StatCache.decode(cache.encode());
    expect(find(cache, 'a', facts(1))).toBe(fingerprint('a'));
    expect([find(next, 'a', facts(1)), find(next, 'b', facts(2))]).toEqual([undefined, fingerprint('b')]);
  });

  it.each([
    ['cut short', (bytes: Buffer) => bytes.subarray(0, -1)],
    ['no more than a header', (bytes: Buffer) => bytes.subarray(0, 24)],
    ['damaged', (bytes: Buffer) => bytes.fill(1, 31, 32)],
    ['of another version', (bytes: Buffer) => bytes.fill(9, 4, 5)],
  ])('is empty when its bytes are %s', (_, damage) => {
    const cache = StatCache.decode(undefined);
    cache.remember(cache.meet(at('a'), facts(1)), fingerprint('a'), TAKEN_NS);
    expect(find(StatCache.decode(damage(cache.encode())), 'a', facts(1))).toBeUndefined();
  });

  it('may be decoded from anywhere in a buffer', () => {
    const cache = StatCache.decode(undefined);
    cache.remember(cache.meet(at('a'), facts(1)), fingerprint('a'), TAKEN_NS);
    const bytes = Buffer.concat([Buffer.alloc(3), cache.encode()]).subarray(3);
    expect(find(StatCache.decode(bytes), 'a', facts(1))).toBe(fingerprint('a'));
  });
});

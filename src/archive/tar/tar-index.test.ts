import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tarHeaders } from '../testing/arbitrary.ts';
import type { TarEntry } from './entry.ts';
import { decodeTarIndex, encodeTarIndex } from './tar-index.ts';

/** Entries one after another, with gaps between as headers leave them. */
const entryLists = fc
  .array(fc.tuple(tarHeaders, fc.nat(100_000), fc.nat(2 ** 40)), { maxLength: 20 })
  .map((items): TarEntry[] => {
    let at = 0;
    return items.map(([header, gap, stored]) => {
      const dataOffsetBytes = at + 512 + gap;
      const storedBytes = header.kind === 'file' ? stored : 0;
      at = dataOffsetBytes + storedBytes;
      const sizeBytes = header.kind === 'file' && header.extents === undefined ? storedBytes : header.sizeBytes;
      return { ...header, sizeBytes, storedBytes, dataOffsetBytes };
    });
  });

describe('the layer index', () => {
  it('gives back every entry', () => {
    fc.assert(
      fc.property(entryLists, (entries) => {
        expect(decodeTarIndex(encodeTarIndex(entries))).toEqual(entries);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps neighbours with the same attributes small', () => {
    const entries: TarEntry[] = Array.from({ length: 1000 }, (_, i) => ({
      path: `usr/share/doc/package/file-${i}` as TarEntry['path'],
      kind: 'file',
      mode: 0o644,
      uid: 0,
      gid: 0,
      mtimeNs: 1_700_000_000_000_000_000n,
      linkTarget: '' as TarEntry['linkTarget'],
      major: 0,
      minor: 0,
      xattrs: new Map(),
      sizeBytes: 100,
      storedBytes: 100,
      dataOffsetBytes: 512 + i * 1024,
    }));
    expect(encodeTarIndex(entries).length).toBeLessThan(12_000);
  });

  it('refuses any damage', () => {
    fc.assert(
      fc.property(entryLists, fc.nat(), fc.integer({ min: 1, max: 255 }), (entries, place, change) => {
        const index = encodeTarIndex(entries);
        const at = place % index.length;
        index[at] = (index[at] as number) ^ change;
        const code = at >= 8 && at < 12 ? 'tar-index-version' : 'tar-index-corrupt';
        expect(() => decodeTarIndex(index)).toThrow(expect.objectContaining({ code }));
      }),
    );
  });

  it('refuses any cut', () => {
    fc.assert(
      fc.property(entryLists, fc.nat(), (entries, place) => {
        const index = encodeTarIndex(entries);
        expect(() => decodeTarIndex(index.subarray(0, place % index.length))).toThrow(
          expect.objectContaining({ code: 'tar-index-corrupt' }),
        );
      }),
    );
  });

  it('refuses any other bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => decodeTarIndex(bytes)).toThrow(expect.objectContaining({ code: 'tar-index-corrupt' }));
      }),
    );
  });
});

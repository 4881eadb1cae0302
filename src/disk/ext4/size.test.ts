import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixedBlocks, minBlocks } from './geometry.ts';
import { availableBlocks, fitDisk, type Load } from './size.ts';

const MIB = 2 ** 20;

const loads = fc.record({
  blocks: fc.integer({ min: 10, max: 2_000_000 }),
  inodes: fc.integer({ min: 12, max: 300_000 }),
  journal: fc.boolean(),
});

describe('fitDisk', () => {
  it('leaves the space that was asked for, and room for a last group', () => {
    fc.assert(
      fc.property(loads, fc.integer({ min: 1, max: 1_000_000 }), (load, freeBlocks) => {
        const geometry = fitDisk(load, { freeBytes: freeBlocks * 4096 });
        const free = geometry.blocks - fixedBlocks(geometry) - geometry.journalBlocks - load.blocks;
        expect(availableBlocks(geometry, free)).toBeGreaterThanOrEqual(freeBlocks);
        expect(geometry.groups * geometry.inodesPerGroup).toBeGreaterThanOrEqual(load.inodes + freeBlocks / 4);
        expect(geometry.blocks).toBeGreaterThanOrEqual(minBlocks(geometry));
      }),
    );
  });

  it('keeps to the size that was asked for, or names one that suffices', () => {
    fc.assert(
      fc.property(loads, fc.integer({ min: 0, max: 20_000 * MIB }), (load, totalBytes) => {
        const needed = neededBytes(load, totalBytes);
        if (needed === undefined) return;
        expect(needed).toBeGreaterThan(totalBytes - 4096);
        expect(neededBytes(load, needed)).toBeUndefined();
      }),
    );
  });

  it('says how large the disk must be', () => {
    const load: Load = { blocks: 1000, inodes: 20, journal: false };
    expect(() => fitDisk(load, { totalBytes: MIB })).toThrow(
      'write ext4: the tree needs 4120576 bytes, but the disk has 1048576',
    );
  });

  it('says when inodes are what does not fit', () => {
    const load: Load = { blocks: 10, inodes: 40_000, journal: false };
    expect(() => fitDisk(load, { totalBytes: 100 * MIB })).toThrow('40000 inodes do not fit');
  });

  it('refuses what would be larger than ext4 is with 32 bits', () => {
    const load: Load = { blocks: 10, inodes: 12, journal: false };
    for (const size of [{ totalBytes: 2 ** 44 }, { freeBytes: 2 ** 44 }]) {
      expect(() => fitDisk(load, size)).toThrow('less than 16 TiB is possible');
    }
  });
});

/** The size that is needed instead of `totalBytes`; undefined if that is enough. */
function neededBytes(load: Load, totalBytes: number): number | undefined {
  try {
    const geometry = fitDisk(load, { totalBytes });
    const used = fixedBlocks(geometry) + geometry.journalBlocks + load.blocks;
    expect(used).toBeLessThanOrEqual(geometry.blocks);
    expect(geometry.blocks * 4096).toBeLessThanOrEqual(totalBytes);
    return undefined;
  } catch (error) {
    return (error as { details: { neededBytes: number } }).details.neededBytes;
  }
}

import { describe, expect, it } from 'vitest';
import { backupGroups, geometryFor, hasBackup } from './geometry.ts';

describe('geometryFor', () => {
  // What mke2fs 1.47.0 prints for disks of these sizes with blocks of 4 KiB.
  it.each([
    ['8 MiB', 2048, 1024, 0],
    ['16 MiB', 4096, 1024, 1],
    ['512 MiB', 131_072, 4096, 63],
    ['1 GiB', 262_144, 8192, 127],
    ['5 GiB', 1_310_720, 16_384, 639],
    ['20 GiB', 5_242_880, 32_768, 1024],
    ['130 GiB', 34_078_720, 262_144, 1024],
  ])('gives %s the journal and the room for descriptors that mke2fs gives it', (_, blocks, journal, reserved) => {
    const geometry = geometryFor({ blocks, inodes: 1000, journal: true });
    expect(geometry.journalBlocks).toBe(journal);
    expect(geometry.reservedDescriptorBlocks).toBe(reserved);
  });

  it('has no journal below 8 MiB', () => {
    expect(geometryFor({ blocks: 2047, inodes: 16, journal: true }).journalBlocks).toBe(0);
  });

  it('adds groups for inodes', () => {
    expect(geometryFor({ blocks: 1000, inodes: 100_000, journal: false }).groups).toBe(4);
  });
});

describe('backupGroups', () => {
  it('are group 1 and the powers of 3, 5 and 7', () => {
    expect(backupGroups(100)).toEqual([1, 3, 5, 7, 9, 25, 27, 49, 81]);
    expect(backupGroups(1)).toEqual([]);
  });

  it('are the groups that have copies', () => {
    const groups = Array.from({ length: 3000 }, (_, group) => group).filter(hasBackup);
    expect(groups).toEqual([0, ...backupGroups(3000)]);
  });
});

import { describe, expect, it } from 'vitest';
import { encodeExtentRoot, extentBlocks, writeExtentBlocks } from './extent-tree.ts';

const runs = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ logical: 2 * i, length: 1, start: 1000 + 2 * i }));

describe('extentBlocks', () => {
  it.each([
    [0, 0],
    [4, 0],
    [5, 1],
    [340, 1],
    [341, 2],
    [1360, 4],
    [1361, 6],
    [340 * 340 * 4 + 1, 340 * 4 + 1 + 5 + 1],
  ])('of %i extents are %i', (count, expected) => {
    expect(extentBlocks(count)).toBe(expected);
  });
});

describe('an extent tree', () => {
  it('keeps four extents in the inode', () => {
    const root = Buffer.alloc(60);
    encodeExtentRoot(runs(1), [], root);
    expect(root.toString('hex', 0, 24)).toBe('0af301000400000000000000' + '000000000100' + '0000e8030000');
  });

  it('has as many blocks as were counted, each with a depth and an end to its level', () => {
    const placed: [number, Buffer][] = [];
    const blocks = [70, 71, 72, 73, 74, 75];
    const place = (block: number): Buffer => {
      const buffer = Buffer.alloc(4096);
      placed.push([block, buffer]);
      return buffer;
    };
    writeExtentBlocks(runs(1361), { blocks, seed: 1, place });
    expect(placed.map(([block, bytes]) => [block, bytes.readUInt16LE(2), bytes.readUInt16LE(6)])).toEqual([
      [70, 340, 0],
      [71, 340, 0],
      [72, 340, 0],
      [73, 340, 0],
      [74, 1, 0],
      [75, 5, 1],
    ]);
    const root = Buffer.alloc(60);
    encodeExtentRoot(runs(1361), blocks, root);
    expect([root.readUInt16LE(2), root.readUInt16LE(6), root.readUInt32LE(16)]).toEqual([1, 2, 75]);
  });
});

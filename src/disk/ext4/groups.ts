// A group descriptor of 64 bytes (kernel: group_descr.rst); the upper halves of block numbers and counts are 0.
//
//    0 block bitmap u32 | inode bitmap u32 | inode table u32 | free blocks u16 | free inodes u16 | directories u16
//   18 flags u16 | 24 checksums of both bitmaps, lower u16 | unused inodes u16 | checksum u16
//   56 checksums of both bitmaps, upper u16

import { crc32c } from '../../bytes/index.ts';
import { lastInodeNumber } from './collect.ts';
import type { Disk } from './disk.ts';
import { BLOCK_BYTES, BLOCKS_PER_GROUP, DESCRIPTOR_BYTES } from './format.ts';
import {
  blockBitmapAt,
  dataStart,
  flexGroup,
  type Geometry,
  groupEnd,
  groupStart,
  inodeBitmapAt,
  inodeTableAt,
} from './geometry.ts';
import type { Run } from './inode.ts';

const INODES_UNUSED = 0x1;
const BLOCKS_UNUSED = 0x2;
/** Tables are never written beyond what is used: a new file's holes read as zeros. */
const TABLE_ZEROED = 0x4;

/** What is left on the whole disk. */
export interface FreeCounts {
  readonly freeBlocks: number;
  readonly freeInodes: number;
}

/** The descriptors of all groups, and what they sum up to. */
export interface GroupTable extends FreeCounts {
  readonly descriptors: Buffer;
}

interface BlockUse {
  readonly free: number;
  /** Absent: the group has nothing but what the geometry fixes for it, and the kernel computes the bitmap. */
  readonly bitmap: Buffer | undefined;
}

interface InodeUse {
  readonly used: number;
  readonly bitmap: Buffer | undefined;
}

/** Writes the bitmaps of `disk`, and gives its descriptors. */
export function writeBitmaps(disk: Disk): GroupTable {
  const { geometry, inodes } = disk.layout;
  const descriptors = Buffer.alloc(geometry.groups * DESCRIPTOR_BYTES);
  const directories = countDirectories(disk);
  const lastInode = lastInodeNumber(inodes);
  const freed = new FreedBlocks(disk.freed);
  let freeBlocks = 0;
  for (let group = 0; group < geometry.groups; group++) {
    const blocks = blockUse(disk, group, freed);
    const inodeUse = inodeBitmap(geometry, group, lastInode);
    if (blocks.bitmap !== undefined) disk.writer.writeAt(blockBitmapAt(geometry, group), blocks.bitmap);
    if (inodeUse.bitmap !== undefined) disk.writer.writeAt(inodeBitmapAt(geometry, group), inodeUse.bitmap);
    const into = descriptors.subarray(group * DESCRIPTOR_BYTES, (group + 1) * DESCRIPTOR_BYTES);
    encodeDescriptor(into, { disk, group, blocks, inodes: inodeUse, directories: directories[group] ?? 0 });
    freeBlocks += blocks.free;
  }
  return { descriptors, freeBlocks, freeInodes: geometry.groups * geometry.inodesPerGroup - lastInode };
}

function countDirectories({ layout }: Disk): Uint32Array {
  const counts = new Uint32Array(layout.geometry.groups);
  for (const { number, entries } of layout.inodes) {
    const group = Math.floor((number - 1) / layout.geometry.inodesPerGroup);
    if (entries !== undefined) counts[group] = (counts[group] ?? 0) + 1;
  }
  return counts;
}

/** Walks once over the freed blocks, group by group. */
class FreedBlocks {
  readonly #runs: readonly Run[];
  #next = 0;

  constructor(runs: readonly Run[]) {
    this.#runs = runs;
  }

  /** The freed blocks from `start` to `end`; ranges must be asked for in ascending order. */
  *within(start: number, end: number): Generator<{ readonly from: number; readonly to: number }> {
    for (let run = this.#runs[this.#next]; run !== undefined && run.start < end; run = this.#runs[this.#next]) {
      const runEnd = run.start + run.length;
      yield { from: Math.max(run.start, start), to: Math.min(runEnd, end) };
      if (runEnd > end) return;
      this.#next++;
    }
  }
}

function blockUse({ layout }: Disk, group: number, freed: FreedBlocks): BlockUse {
  const { geometry, placements } = layout;
  const start = groupStart(group);
  const end = groupEnd(geometry, group);
  const fixedEnd = dataStart(geometry, group);
  const usedEnd = Math.max(fixedEnd, Math.min(end, placements.firstFree));
  const isLast = group === geometry.groups - 1;
  // A group that has other groups' tables needs its bitmap, and the last one gets it as from mke2fs: it may be short.
  if (usedEnd === fixedEnd && !isLast && flexGroup(geometry, group) !== group) {
    return { free: end - usedEnd, bitmap: undefined };
  }
  const bitmap = Buffer.alloc(BLOCK_BYTES);
  let free = end - usedEnd;
  setBits(bitmap, 0, usedEnd - start);
  for (const { from, to } of freed.within(start, end)) {
    clearBits(bitmap, from - start, to - start);
    free += to - from;
  }
  setBits(bitmap, end - start, BLOCKS_PER_GROUP);
  return { free, bitmap };
}

function inodeBitmap({ inodesPerGroup }: Geometry, group: number, lastInode: number): InodeUse {
  const used = Math.min(Math.max(lastInode - group * inodesPerGroup, 0), inodesPerGroup);
  if (used === 0) return { used, bitmap: undefined };
  const bitmap = Buffer.alloc(BLOCK_BYTES);
  setBits(bitmap, 0, used);
  setBits(bitmap, inodesPerGroup, BLOCK_BYTES * 8);
  return { used, bitmap };
}

interface Description {
  readonly disk: Disk;
  readonly group: number;
  readonly blocks: BlockUse;
  readonly inodes: InodeUse;
  readonly directories: number;
}

function encodeDescriptor(into: Buffer, { disk, group, blocks, inodes, directories }: Description): void {
  const { geometry } = disk.layout;
  const freeInodes = geometry.inodesPerGroup - inodes.used;
  const flags = (inodes.bitmap === undefined ? INODES_UNUSED : 0) | (blocks.bitmap === undefined ? BLOCKS_UNUSED : 0);
  into.writeUInt32LE(blockBitmapAt(geometry, group), 0);
  into.writeUInt32LE(inodeBitmapAt(geometry, group), 4);
  into.writeUInt32LE(inodeTableAt(geometry, group), 8);
  into.writeUInt16LE(blocks.free, 12);
  into.writeUInt16LE(freeInodes, 14);
  into.writeUInt16LE(directories, 16);
  into.writeUInt16LE(flags | TABLE_ZEROED, 18);
  // Inodes are numbered without gaps, so all free ones lie behind the used ones.
  into.writeUInt16LE(freeInodes, 28);
  if (blocks.bitmap !== undefined) writeSplit(into, [24, 56], crc32c(disk.seed, blocks.bitmap));
  if (inodes.bitmap !== undefined) {
    writeSplit(into, [26, 58], crc32c(disk.seed, inodes.bitmap, 0, geometry.inodesPerGroup / 8));
  }
  const number = Buffer.alloc(4);
  number.writeUInt32LE(group, 0);
  into.writeUInt16LE(crc32c(crc32c(disk.seed, number), into) & 0xffff, 30);
}

function writeSplit(into: Buffer, [lower, upper]: readonly [number, number], value: number): void {
  into.writeUInt16LE(value & 0xffff, lower);
  into.writeUInt16LE(value >>> 16, upper);
}

function setBits(bitmap: Buffer, from: number, to: number): void {
  let at = from;
  for (; at < to && at % 8 !== 0; at++) bitmap[at >> 3] = (bitmap[at >> 3] ?? 0) | (1 << (at & 7));
  if (to - at >= 8) {
    bitmap.fill(0xff, at >> 3, to >> 3);
    at = to & ~7;
  }
  for (; at < to; at++) bitmap[at >> 3] = (bitmap[at >> 3] ?? 0) | (1 << (at & 7));
}

function clearBits(bitmap: Buffer, from: number, to: number): void {
  let at = from;
  for (; at < to && at % 8 !== 0; at++) bitmap[at >> 3] = (bitmap[at >> 3] ?? 0) & ~(1 << (at & 7));
  if (to - at >= 8) {
    bitmap.fill(0, at >> 3, to >> 3);
    at = to & ~7;
  }
  for (; at < to; at++) bitmap[at >> 3] = (bitmap[at >> 3] ?? 0) & ~(1 << (at & 7));
}

// The disk is groups of 128 MiB. What is fixed by the size alone:
//
//   group 0 and those numbered 1 and powers of 3, 5, 7:  superblock | descriptors | room for more descriptors
//   every 16th group, for itself and the next 15:        block bitmaps | inode bitmaps | inode tables
//
// and all the rest, one group after the other, is for directories, the journal and files.

import {
  BLOCKS_PER_GROUP,
  DESCRIPTORS_PER_BLOCK,
  INODES_PER_BLOCK,
  MAX_BLOCKS,
  MAX_INODES_PER_GROUP,
  POINTERS_PER_BLOCK,
} from './format.ts';

/** Where everything lies that does not depend on the tree's content. */
export interface Geometry {
  readonly blocks: number;
  readonly groups: number;
  readonly inodesPerGroup: number;
  /** Blocks of one group's inode table. */
  readonly tableBlocks: number;
  readonly descriptorBlocks: number;
  /** Blocks kept for more descriptors, so that resize2fs can grow the disk while it is mounted. */
  readonly reservedDescriptorBlocks: number;
  /** Groups whose bitmaps and tables lie together: a power of two. */
  readonly groupsPerFlex: number;
  readonly journalBlocks: number;
}

/** What a {@link Geometry} is made for. */
export interface Demand {
  readonly blocks: number;
  /** Inode numbers to provide, the reserved ones included. */
  readonly inodes: number;
  readonly journal: boolean;
}

/** The geometry of a disk of `blocks` blocks, or of more if that many inodes need more groups. */
export function geometryFor({ blocks, inodes, journal }: Demand): Geometry {
  const groups = Math.max(1, Math.ceil(blocks / BLOCKS_PER_GROUP), Math.ceil(inodes / MAX_INODES_PER_GROUP));
  const tableBlocks = Math.ceil(inodes / groups / INODES_PER_BLOCK);
  const descriptorBlocks = Math.ceil(groups / DESCRIPTORS_PER_BLOCK);
  return {
    blocks,
    groups,
    inodesPerGroup: tableBlocks * INODES_PER_BLOCK,
    tableBlocks,
    descriptorBlocks,
    reservedDescriptorBlocks: reservedDescriptorBlocks(blocks, descriptorBlocks),
    groupsPerFlex: groupsPerFlex(tableBlocks),
    journalBlocks: journal ? journalBlocksFor(blocks) : 0,
  };
}

/** Room to grow 1024 times, as mke2fs leaves it; one block of pointers is the limit. */
function reservedDescriptorBlocks(blocks: number, descriptorBlocks: number): number {
  const groups = Math.ceil(Math.min(blocks * 1024, MAX_BLOCKS) / BLOCKS_PER_GROUP);
  const wanted = Math.ceil(groups / DESCRIPTORS_PER_BLOCK) - descriptorBlocks;
  return Math.min(Math.max(wanted, 0), POINTERS_PER_BLOCK);
}

/** 16, as mke2fs, or as many as leave a quarter of their first group for the rest. */
function groupsPerFlex(tableBlocks: number): number {
  let groups = 16;
  while (groups * (2 + tableBlocks) > (BLOCKS_PER_GROUP * 3) / 4) groups /= 2;
  return groups;
}

/** Journal sizes by disk size, as mke2fs picks them: [from this many blocks, journal blocks]. */
const JOURNAL_SIZES: readonly (readonly [number, number])[] = [
  [32_768 * 1024, 262_144],
  [16_384 * 1024, 131_072],
  [8192 * 1024, 65_536],
  [4096 * 1024, 32_768],
  [512 * 1024, 16_384],
  [256 * 1024, 8192],
  [32_768, 4096],
  [2048, 1024],
];

function journalBlocksFor(blocks: number): number {
  return JOURNAL_SIZES.find(([from]) => blocks >= from)?.[1] ?? 0;
}

/** Whether `group` begins with a copy of the superblock and the descriptors (sparse_super). */
export function hasBackup(group: number): boolean {
  return group <= 1 || isPowerOf(3, group) || isPowerOf(5, group) || isPowerOf(7, group);
}

function isPowerOf(base: number, value: number): boolean {
  let power = base;
  while (power < value) power *= base;
  return power === value;
}

/** The groups after the first that have copies, ascending. */
export function backupGroups(groups: number): number[] {
  const found = groups > 1 ? [1] : [];
  for (const base of [3, 5, 7]) {
    for (let power = base; power < groups; power *= base) found.push(power);
  }
  return found.sort((left, right) => left - right);
}

export function groupStart(group: number): number {
  return group * BLOCKS_PER_GROUP;
}

export function groupEnd(geometry: Geometry, group: number): number {
  return Math.min(groupStart(group + 1), geometry.blocks);
}

/** Blocks at the start of `group` for the superblock and the descriptors. */
export function baseBlocks(geometry: Geometry, group: number): number {
  return hasBackup(group) ? 1 + geometry.descriptorBlocks + geometry.reservedDescriptorBlocks : 0;
}

/** The group that has the bitmaps and tables of `group`. */
export function flexGroup({ groupsPerFlex }: Geometry, group: number): number {
  return group - (group % groupsPerFlex);
}

function flexSize(geometry: Geometry, first: number): number {
  return Math.min(geometry.groupsPerFlex, geometry.groups - first);
}

function flexStart(geometry: Geometry, first: number): number {
  return groupStart(first) + baseBlocks(geometry, first);
}

export function blockBitmapAt(geometry: Geometry, group: number): number {
  const first = flexGroup(geometry, group);
  return flexStart(geometry, first) + (group - first);
}

export function inodeBitmapAt(geometry: Geometry, group: number): number {
  return blockBitmapAt(geometry, group) + flexSize(geometry, flexGroup(geometry, group));
}

export function inodeTableAt(geometry: Geometry, group: number): number {
  const first = flexGroup(geometry, group);
  return flexStart(geometry, first) + 2 * flexSize(geometry, first) + (group - first) * geometry.tableBlocks;
}

/** The first block of `group` that is for directories, the journal and files. */
export function dataStart(geometry: Geometry, group: number): number {
  const base = groupStart(group) + baseBlocks(geometry, group);
  if (flexGroup(geometry, group) !== group) return base;
  return base + flexSize(geometry, group) * (2 + geometry.tableBlocks);
}

/** Blocks taken by what depends on the geometry alone, without the journal. */
export function fixedBlocks(geometry: Geometry): number {
  const copies = 1 + backupGroups(geometry.groups).length;
  return copies * baseBlocks(geometry, 0) + geometry.groups * (2 + geometry.tableBlocks);
}

/** With fewer data blocks than this a last group is not worth having; mke2fs leaves it off as well. */
const MIN_LAST_GROUP_BLOCKS = 50;

/** The fewest blocks with which a disk of this many groups may end, so that the last group holds its own metadata. */
export function minBlocks(geometry: Geometry): number {
  const last = geometry.groups - 1;
  return dataStart(geometry, last) + (last === 0 ? 0 : MIN_LAST_GROUP_BLOCKS);
}

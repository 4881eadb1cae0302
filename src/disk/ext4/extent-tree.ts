// A node: header (magic, entries, capacity, depth, generation), then entries of 12 bytes. The root is in the inode and
// has room for 4 entries; a block has room for 340 and a checksum in its last 4 bytes.
//
//   leaf entry   logical u32 | length u16 | start, upper u16 | start u32
//   index entry  logical u32 | child u32 | child, upper u16 | 0 u16

import { crc32c } from '../../bytes/index.ts';
import { BLOCK_BYTES } from './format.ts';
import type { Run } from './inode.ts';

const MAGIC = 0xf30a;
const HEADER_BYTES = 12;
const ENTRY_BYTES = 12;
const ROOT_CAPACITY = 4;
const BLOCK_CAPACITY = 340;
const CHECKSUM_OFFSET = BLOCK_BYTES - 4;

/** Where an extent tree's blocks go and what they are checksummed with. */
export interface ExtentTarget {
  /** Numbers of the blocks, {@link extentBlocks} of them. */
  readonly blocks: readonly number[];
  /** The state of the checksum after the file system's and the inode's identity. */
  readonly seed: number;
  /** Gives a zeroed block to fill. */
  place(block: number): Buffer;
}

/** How many blocks outside of the inode the tree of `runs` extents needs. */
export function extentBlocks(runs: number): number {
  let total = 0;
  for (let nodes = runs; nodes > ROOT_CAPACITY; ) {
    nodes = Math.ceil(nodes / BLOCK_CAPACITY);
    total += nodes;
  }
  return total;
}

/** Writes the 60 bytes of the root into `into`, for a tree whose other blocks are `blocks`. */
export function encodeExtentRoot(runs: readonly Run[], blocks: readonly number[], into: Buffer): void {
  let level = leafLevel(runs);
  let used = 0;
  while (level.count > ROOT_CAPACITY) {
    const nodes = Math.ceil(level.count / BLOCK_CAPACITY);
    level = indexLevel(level, blocks.slice(used, used + nodes));
    used += nodes;
  }
  encodeNode(level, [0, level.count], { into, capacity: ROOT_CAPACITY });
}

/** Writes the blocks of the tree of `runs` that lie outside of the inode. */
export function writeExtentBlocks(runs: readonly Run[], target: ExtentTarget): void {
  let level = leafLevel(runs);
  let used = 0;
  while (level.count > ROOT_CAPACITY) {
    const nodes = Math.ceil(level.count / BLOCK_CAPACITY);
    const numbers = target.blocks.slice(used, used + nodes);
    for (const [i, number] of numbers.entries()) {
      const into = target.place(number);
      const from = i * BLOCK_CAPACITY;
      encodeNode(level, [from, Math.min(from + BLOCK_CAPACITY, level.count)], { into, capacity: BLOCK_CAPACITY });
      into.writeUInt32LE(crc32c(target.seed, into, 0, CHECKSUM_OFFSET), CHECKSUM_OFFSET);
    }
    level = indexLevel(level, numbers);
    used += nodes;
  }
}

/** The entries of one level of a tree, from left to right: runs at the bottom, above it the blocks of the level below. */
type Level =
  | { readonly kind: 'leaves'; readonly depth: 0; readonly count: number; readonly runs: readonly Run[] }
  | {
      readonly kind: 'index';
      readonly depth: number;
      readonly count: number;
      readonly below: Level;
      readonly children: readonly number[];
    };

function leafLevel(runs: readonly Run[]): Level {
  return { kind: 'leaves', depth: 0, count: runs.length, runs };
}

function indexLevel(below: Level, children: readonly number[]): Level {
  return { kind: 'index', depth: below.depth + 1, count: children.length, below, children };
}

function logicalOf(level: Level, index: number): number {
  if (level.kind === 'leaves') return (level.runs[index] as Run).logical;
  return logicalOf(level.below, index * BLOCK_CAPACITY);
}

interface NodeTarget {
  readonly into: Buffer;
  readonly capacity: number;
}

function encodeNode(level: Level, [from, to]: readonly [number, number], { into, capacity }: NodeTarget): void {
  into.writeUInt16LE(MAGIC, 0);
  into.writeUInt16LE(to - from, 2);
  into.writeUInt16LE(capacity, 4);
  into.writeUInt16LE(level.depth, 6);
  for (let i = from; i < to; i++) encodeEntry(level, i, { into, offset: HEADER_BYTES + (i - from) * ENTRY_BYTES });
}

function encodeEntry(level: Level, index: number, { into, offset }: { into: Buffer; offset: number }): void {
  into.writeUInt32LE(logicalOf(level, index), offset);
  if (level.kind === 'leaves') {
    const { length, start } = level.runs[index] as Run;
    into.writeUInt16LE(length, offset + 4);
    into.writeUInt32LE(start, offset + 8);
  } else {
    into.writeUInt32LE(level.children[index] as number, offset + 4);
  }
}

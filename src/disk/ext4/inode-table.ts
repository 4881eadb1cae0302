import type { Node } from '../../tree/index.ts';
import { lastInodeNumber } from './collect.ts';
import { directoryBlocks } from './directory.ts';
import type { Disk } from './disk.ts';
import { encodeExtentRoot } from './extent-tree.ts';
import {
  BLOCK_BYTES,
  FLAG_EXTENTS,
  FLAG_INDEX,
  INODE_BYTES,
  INODES_PER_BLOCK,
  JOURNAL_INODE,
  LOST_FOUND_INODE,
  MAX_LINKS,
  POINTERS_PER_BLOCK,
  RESIZE_INODE,
  ROOT_INODE,
} from './format.ts';
import { backupGroups, inodeTableAt } from './geometry.ts';
import { type Inode, isSlowLink } from './inode.ts';
import { type InodeFields, InodeRecord } from './inode-record.ts';
import type { Placement } from './place.ts';
import { putText } from './put-text.ts';
import { splitTime } from './timestamp.ts';
import { encodeInodeXattrs, placeXattrs } from './xattr.ts';

/** In the body of an inode without extents: the pointer to a block of pointers to blocks of pointers. */
const DOUBLE_INDIRECT_OFFSET = 13 * 4;
const DIRECT_POINTERS = 12;

/** The file type in a mode. */
const TYPES: Readonly<Record<Node['kind'], number>> = {
  fifo: 0o010000,
  character: 0o020000,
  directory: 0o040000,
  block: 0o060000,
  file: 0o100000,
  symlink: 0o120000,
};

/** Writes the inode tables of `disk` as far as they are used. */
export function writeInodeTables(disk: Disk): void {
  const { geometry, inodes } = disk.layout;
  const record = new InodeRecord();
  const last = lastInodeNumber(inodes);
  for (let first = 1; first <= last; first += INODES_PER_BLOCK) {
    const group = Math.floor((first - 1) / geometry.inodesPerGroup);
    const index = (first - 1) % geometry.inodesPerGroup;
    const block = disk.writer.placeZeroed(inodeTableAt(geometry, group) + index / INODES_PER_BLOCK);
    for (let i = 0; i < INODES_PER_BLOCK && first + i <= last; i++) {
      if (!encodeInode(disk, first + i, record)) continue;
      block.set(record.finish(disk.seed, first + i), i * INODE_BYTES);
    }
  }
}

/** Encodes the inode of a number; false if it is one of the reserved ones that stay empty. */
function encodeInode(disk: Disk, number: number, record: InodeRecord): boolean {
  if (number >= LOST_FOUND_INODE) encodeNode(disk, number - LOST_FOUND_INODE + 1, record);
  else if (number === ROOT_INODE) encodeNode(disk, 0, record);
  else if (number === RESIZE_INODE) encodeResizeInode(disk, record);
  else if (number === JOURNAL_INODE && disk.layout.geometry.journalBlocks > 0) encodeJournalInode(disk, record);
  else return false;
  return true;
}

function encodeNode(disk: Disk, index: number, record: InodeRecord): void {
  const inode = disk.layout.inodes[index] as Inode;
  const placement = disk.placements[index] as Placement;
  const { node } = inode;
  record.begin({
    mode: TYPES[node.kind] | node.mode,
    uid: node.uid,
    gid: node.gid,
    sizeBytes: sizeOf(disk, inode),
    links: inode.entries !== undefined && inode.links > MAX_LINKS ? 1 : inode.links,
    flags: flagsOf(disk, inode),
    time: inode.time,
    blocks: countBlocks(placement),
    xattrBlock: placement.xattrBlock,
  });
  encodeBody(node, placement, record.body);
  const xattrs = placeXattrs(inode);
  if (xattrs !== undefined && xattrs.inode.length > 0) encodeInodeXattrs(xattrs.inode, record.bytes);
}

function sizeOf({ layout }: Disk, inode: Inode): number {
  const { node } = inode;
  switch (node.kind) {
    case 'file':
      return node.content.sizeBytes;
    case 'directory':
      return directoryBlocks(inode, layout.indexes.get(inode)) * BLOCK_BYTES;
    case 'symlink':
      return node.target.length;
    default:
      return 0;
  }
}

function flagsOf({ layout }: Disk, inode: Inode): number {
  const { node } = inode;
  if (node.kind === 'directory') return layout.indexes.has(inode) ? FLAG_EXTENTS | FLAG_INDEX : FLAG_EXTENTS;
  return node.kind === 'file' || isSlowLink(node) ? FLAG_EXTENTS : 0;
}

function countBlocks({ runs, tree, xattrBlock }: Placement): number {
  let blocks = tree.length + (xattrBlock === 0 ? 0 : 1);
  for (const { length } of runs) blocks += length;
  return blocks;
}

function encodeBody(node: Node, placement: Placement, body: Buffer): void {
  switch (node.kind) {
    case 'symlink':
      if (isSlowLink(node)) encodeExtentRoot(placement.runs, placement.tree, body);
      else putText(node.target, body, 0);
      return;
    case 'file':
    case 'directory':
      encodeExtentRoot(placement.runs, placement.tree, body);
      return;
    case 'character':
    case 'block':
      encodeDevice(node, body);
      return;
    case 'fifo':
      return;
  }
}

/** Small numbers in the old form of 16 bits in the first word, others in the new one in the second. */
function encodeDevice({ major, minor }: { readonly major: number; readonly minor: number }, body: Buffer): void {
  if (major < 256 && minor < 256) body.writeUInt32LE((major << 8) | minor, 0);
  else body.writeUInt32LE(((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0, 4);
}

function encodeJournalInode(disk: Disk, record: InodeRecord): void {
  const { geometry, placements } = disk.layout;
  const { runs, tree } = placements.journal;
  record.begin({
    ...reservedFields(disk),
    sizeBytes: geometry.journalBlocks * BLOCK_BYTES,
    flags: FLAG_EXTENTS,
    blocks: geometry.journalBlocks + tree.length,
  });
  encodeExtentRoot(runs, tree, record.body);
}

/**
 * The file whose blocks are those kept for more descriptors, by old-style pointers: each kept block of the first group is
 * a block of pointers to its copies.
 */
function encodeResizeInode(disk: Disk, record: InodeRecord): void {
  const { geometry, placements } = disk.layout;
  const copies = 1 + backupGroups(geometry.groups).length;
  record.begin({
    ...reservedFields(disk),
    sizeBytes: (DIRECT_POINTERS + POINTERS_PER_BLOCK + POINTERS_PER_BLOCK ** 2) * BLOCK_BYTES,
    flags: 0,
    blocks: 1 + geometry.reservedDescriptorBlocks * copies,
  });
  record.body.writeUInt32LE(placements.resizeBlock, DOUBLE_INDIRECT_OFFSET);
}

function reservedFields({ layout }: Disk): Omit<InodeFields, 'sizeBytes' | 'flags' | 'blocks'> {
  const time = splitTime(BigInt(layout.epochSeconds) * 1_000_000_000n);
  return { mode: TYPES.file | 0o600, uid: 0, gid: 0, links: 1, time, xattrBlock: 0 };
}

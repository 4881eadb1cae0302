// An inode of 256 bytes (kernel: inodes.rst). Fields are named there; what is not listed is 0.
//
//     0 mode u16 | uid u16 | size u32 | atime u32 | ctime u32 | mtime u32 | dtime u32 | gid u16 | links u16
//    28 blocks u32, in 512 bytes | flags u32 | 0 u32 | 40 body (60)
//   100 generation u32 | attribute block u32 | upper size u32 | 116 upper blocks u16 | 120 upper uid, gid u16
//   124 checksum, lower u16 | 128 size of the extra fields u16 | checksum, upper u16
//   132 ctime, mtime, atime extra u32 | 144 crtime u32 | crtime extra u32 | 160 attributes

import { crc32c } from '../../bytes/index.ts';
import type { Node } from '../../tree/index.ts';
import { directoryBlocks } from './directory.ts';
import { type Disk, inodeSeed } from './disk.ts';
import { encodeExtentRoot } from './extent-tree.ts';
import {
  BLOCK_BYTES,
  EXTRA_INODE_BYTES,
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
import type { Placement } from './place.ts';
import { encodeTimestamp } from './timestamp.ts';
import { encodeInodeXattrs, placeXattrs } from './xattr.ts';

const BODY_OFFSET = 40;
const BODY_END = 100;
const SECTORS_PER_BLOCK = BLOCK_BYTES / 512;
/** In the body of an inode without extents: the pointer to a block of pointers to blocks of pointers. */
const DOUBLE_INDIRECT_OFFSET = BODY_OFFSET + 13 * 4;
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

/** What every inode has. */
interface InodeFields {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly links: number;
  readonly flags: number;
  readonly mtimeNs: bigint;
  /** Blocks it has in all: data, extent tree, attributes. */
  readonly blocks: number;
  readonly xattrBlock: number;
}

/** Writes the inode tables of `disk` as far as they are used. */
export function writeInodeTables(disk: Disk): void {
  const { geometry, inodes } = disk.layout;
  const last = LOST_FOUND_INODE + inodes.length - 2;
  for (let first = 1; first <= last; first += INODES_PER_BLOCK) {
    const group = Math.floor((first - 1) / geometry.inodesPerGroup);
    const index = (first - 1) % geometry.inodesPerGroup;
    const block = disk.writer.placeZeroed(inodeTableAt(geometry, group) + index / INODES_PER_BLOCK);
    for (let i = 0; i < INODES_PER_BLOCK && first + i <= last; i++) {
      encodeNumbered(disk, first + i, block.subarray(i * INODE_BYTES, (i + 1) * INODE_BYTES));
    }
  }
}

function encodeNumbered(disk: Disk, number: number, into: Buffer): void {
  if (number === JOURNAL_INODE) encodeJournalInode(disk, into);
  else if (number === RESIZE_INODE) encodeResizeInode(disk, into);
  else if (number === ROOT_INODE) encodeNodeInode(disk, 0, into);
  else if (number >= LOST_FOUND_INODE) encodeNodeInode(disk, number - LOST_FOUND_INODE + 1, into);
  else return;
  into.writeUInt16LE(EXTRA_INODE_BYTES, 128);
  const checksum = crc32c(inodeSeed(disk.seed, number), into);
  into.writeUInt16LE(checksum & 0xffff, 124);
  into.writeUInt16LE(checksum >>> 16, 130);
}

function encodeNodeInode(disk: Disk, index: number, into: Buffer): void {
  const inode = disk.layout.inodes[index] as Inode;
  const placement = disk.placements[index] as Placement;
  const { node } = inode;
  encodeFields(into, {
    mode: TYPES[node.kind] | node.mode,
    uid: node.uid,
    gid: node.gid,
    sizeBytes: sizeOf(disk, inode),
    links: inode.entries !== undefined && inode.links > MAX_LINKS ? 1 : inode.links,
    flags: flagsOf(disk, inode),
    mtimeNs: node.mtimeNs,
    blocks: countRuns(placement) + placement.tree.length + (placement.xattrBlock === 0 ? 0 : 1),
    xattrBlock: placement.xattrBlock,
  });
  encodeBody(node, placement, into.subarray(BODY_OFFSET, BODY_END));
  const xattrs = placeXattrs(inode);
  if (xattrs !== undefined && xattrs.inode.length > 0) encodeInodeXattrs(xattrs.inode, into);
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

function encodeBody(node: Node, placement: Placement, body: Buffer): void {
  switch (node.kind) {
    case 'symlink':
      if (isSlowLink(node)) encodeExtentRoot(placement.runs, placement.tree, body);
      else body.write(node.target, 0, 'latin1');
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

function countRuns({ runs }: Placement): number {
  let blocks = 0;
  for (const { length } of runs) blocks += length;
  return blocks;
}

function encodeFields(into: Buffer, fields: InodeFields): void {
  const { mode, uid, gid, sizeBytes, links, flags, xattrBlock } = fields;
  const sectors = fields.blocks * SECTORS_PER_BLOCK;
  into.writeUInt16LE(mode, 0);
  into.writeUInt16LE(uid & 0xffff, 2);
  into.writeUInt32LE(sizeBytes >>> 0, 4);
  into.writeUInt16LE(gid & 0xffff, 24);
  into.writeUInt16LE(links, 26);
  into.writeUInt32LE(sectors >>> 0, 28);
  into.writeUInt32LE(flags, 32);
  into.writeUInt32LE(xattrBlock, 104);
  into.writeUInt32LE(Math.floor(sizeBytes / 2 ** 32), 108);
  into.writeUInt16LE(Math.floor(sectors / 2 ** 32), 116);
  into.writeUInt16LE(uid >>> 16, 120);
  into.writeUInt16LE(gid >>> 16, 122);
  encodeTimes(into, fields.mtimeNs);
}

const TIME_OFFSETS = [8, 12, 16, 144];
const EXTRA_TIME_OFFSETS = [132, 136, 140, 148];

/** The tree knows one time only; it stands for all four, so that nothing depends on when the disk was written. */
function encodeTimes(into: Buffer, timeNs: bigint): void {
  const { low, extra } = encodeTimestamp(timeNs);
  for (const offset of TIME_OFFSETS) into.writeUInt32LE(low, offset);
  for (const offset of EXTRA_TIME_OFFSETS) into.writeUInt32LE(extra, offset);
}

function encodeJournalInode(disk: Disk, into: Buffer): void {
  const { geometry, placements } = disk.layout;
  if (geometry.journalBlocks === 0) return;
  const { journal } = placements;
  encodeFields(into, {
    ...reservedFields(disk),
    sizeBytes: geometry.journalBlocks * BLOCK_BYTES,
    flags: FLAG_EXTENTS,
    blocks: geometry.journalBlocks + journal.tree.length,
  });
  encodeExtentRoot(journal.runs, journal.tree, into.subarray(BODY_OFFSET, BODY_END));
}

/**
 * The file whose blocks are those kept for more descriptors, by old-style pointers: each kept block of the first group is
 * a block of pointers to its copies.
 */
function encodeResizeInode(disk: Disk, into: Buffer): void {
  const { geometry, placements } = disk.layout;
  const copies = 1 + backupGroups(geometry.groups).length;
  encodeFields(into, {
    ...reservedFields(disk),
    sizeBytes: (DIRECT_POINTERS + POINTERS_PER_BLOCK + POINTERS_PER_BLOCK ** 2) * BLOCK_BYTES,
    flags: 0,
    blocks: 1 + geometry.reservedDescriptorBlocks * copies,
  });
  into.writeUInt32LE(placements.resizeBlock, DOUBLE_INDIRECT_OFFSET);
}

function reservedFields({ layout }: Disk): Omit<InodeFields, 'sizeBytes' | 'flags' | 'blocks'> {
  const mtimeNs = BigInt(layout.epochSeconds) * 1_000_000_000n;
  return { mode: TYPES.file | 0o600, uid: 0, gid: 0, links: 1, mtimeNs, xattrBlock: 0 };
}

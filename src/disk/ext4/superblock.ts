// The superblock, 1024 bytes at offset 1024 (kernel: super.rst). What is not set is 0.

import { crc32c } from '../../bytes/index.ts';
import { encodeExtentRoot } from './extent-tree.ts';
import {
  BLOCK_BYTES,
  BLOCKS_PER_GROUP,
  DESCRIPTOR_BYTES,
  EXTRA_INODE_BYTES,
  INODE_BYTES,
  JOURNAL_INODE,
  LOST_FOUND_INODE,
} from './format.ts';
import { fixedBlocks } from './geometry.ts';
import type { FreeCounts } from './groups.ts';
import type { Layout } from './plan.ts';
import { putText } from './put-text.ts';

export const SUPERBLOCK_BYTES = 1024;
/** In the first block; copies lie at the start of theirs. */
export const SUPERBLOCK_OFFSET = 1024;

const HAS_JOURNAL = 0x4;
/** ext_attr, resize_inode, dir_index */
const COMPATIBLE = 0x8 | 0x10 | 0x20;
/** filetype, extents, 64bit, flex_bg */
const INCOMPATIBLE = 0x2 | 0x40 | 0x80 | 0x200;
/** sparse_super, large_file, huge_file, dir_nlink, extra_isize, metadata_csum */
const READ_ONLY_COMPATIBLE = 0x1 | 0x2 | 0x8 | 0x20 | 0x40 | 0x400;
/** user_xattr, acl */
const MOUNT_OPTIONS = 0x4 | 0x8;
const UNSIGNED_HASH = 0x2;
const HALF_MD4 = 1;
const CHECKSUM_CRC32C = 1;
const LOG_BLOCK_BYTES = 2;
const CHECKSUM_OFFSET = 1020;

/** The superblock as it stands in `group`. */
export function encodeSuperblock(layout: Layout, free: FreeCounts, group: number): Buffer {
  const into = Buffer.alloc(SUPERBLOCK_BYTES);
  encodeSizes(into, layout, free);
  encodeFeatures(into, layout);
  encodeTimes(into, layout.epochSeconds);
  layout.uuid.copy(into, 0x68);
  putText(layout.label, into, 0x78);
  for (const [i, word] of layout.hashSeed.entries()) into.writeUInt32LE(word, 0xec + 4 * i);
  // The field is as narrow as it was when disks had fewer groups.
  into.writeUInt16LE(group & 0xffff, 0x5a);
  if (layout.geometry.journalBlocks > 0) encodeJournalBackup(into, layout);
  into.writeUInt32LE(crc32c(0xffffffff, into, 0, CHECKSUM_OFFSET), CHECKSUM_OFFSET);
  return into;
}

function encodeSizes(into: Buffer, { geometry }: Layout, { freeBlocks, freeInodes }: FreeCounts): void {
  into.writeUInt32LE(geometry.groups * geometry.inodesPerGroup, 0x00);
  into.writeUInt32LE(geometry.blocks, 0x04);
  into.writeUInt32LE(freeBlocks, 0x0c);
  into.writeUInt32LE(freeInodes, 0x10);
  // The same twice: once for blocks, once for the clusters that they are grouped into (each one block).
  for (const offset of [0x18, 0x1c]) into.writeUInt32LE(LOG_BLOCK_BYTES, offset);
  for (const offset of [0x20, 0x24]) into.writeUInt32LE(BLOCKS_PER_GROUP, offset);
  into.writeUInt32LE(geometry.inodesPerGroup, 0x28);
  into.writeUInt16LE(geometry.reservedDescriptorBlocks, 0xce);
  into[0x174] = Math.log2(geometry.groupsPerFlex);
  into.writeUInt32LE(fixedBlocks(geometry) + geometry.journalBlocks, 0x248);
}

function encodeFeatures(into: Buffer, { geometry }: Layout): void {
  // Never checked by count of mounts; magic; clean; go on after errors.
  into.writeUInt16LE(0xffff, 0x36);
  into.writeUInt16LE(0xef53, 0x38);
  into.writeUInt16LE(1, 0x3a);
  into.writeUInt16LE(1, 0x3c);
  into.writeUInt32LE(1, 0x4c);
  into.writeUInt32LE(LOST_FOUND_INODE, 0x54);
  into.writeUInt16LE(INODE_BYTES, 0x58);
  into.writeUInt32LE(COMPATIBLE | (geometry.journalBlocks > 0 ? HAS_JOURNAL : 0), 0x5c);
  into.writeUInt32LE(INCOMPATIBLE, 0x60);
  into.writeUInt32LE(READ_ONLY_COMPATIBLE, 0x64);
  into[0xfc] = HALF_MD4;
  into.writeUInt16LE(DESCRIPTOR_BYTES, 0xfe);
  into.writeUInt32LE(MOUNT_OPTIONS, 0x100);
  for (const offset of [0x15c, 0x15e]) into.writeUInt16LE(EXTRA_INODE_BYTES, offset);
  into.writeUInt32LE(UNSIGNED_HASH, 0x160);
  into[0x175] = CHECKSUM_CRC32C;
}

/**
 * When it was made and last checked, each with the bits above 32 elsewhere. The time of the last write stays 0, as that of
 * the last mount: the newest file may be from the future, where e2fsck refuses a write to have been.
 */
function encodeTimes(into: Buffer, seconds: number): void {
  for (const offset of [0x40, 0x108]) into.writeUInt32LE(seconds >>> 0, offset);
  for (const offset of [0x276, 0x277]) into[offset] = Math.floor(seconds / 2 ** 32);
}

/** Where the journal is, for e2fsck if its inode is lost: the inode's body, then its size, upper half first. */
function encodeJournalBackup(into: Buffer, { geometry, placements }: Layout): void {
  const sizeBytes = geometry.journalBlocks * BLOCK_BYTES;
  into.writeUInt32LE(JOURNAL_INODE, 0xe0);
  into[0xfd] = 1;
  encodeExtentRoot(placements.journal.runs, placements.journal.tree, into.subarray(0x10c, 0x148));
  into.writeUInt32LE(Math.floor(sizeBytes / 2 ** 32), 0x148);
  into.writeUInt32LE(sizeBytes >>> 0, 0x14c);
}

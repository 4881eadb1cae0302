// Sizes and numbers of the on-disk format, as documented in the kernel's Documentation/filesystems/ext4/.

export const BLOCK_BYTES = 4096;
/** What one block of bitmap covers: 128 MiB. */
export const BLOCKS_PER_GROUP = 32_768;
export const INODE_BYTES = 256;
export const INODES_PER_BLOCK = 16;
/** Limited by the one block of inode bitmap. */
export const MAX_INODES_PER_GROUP = 32_768;
/** With the feature 64bit. */
export const DESCRIPTOR_BYTES = 64;
export const DESCRIPTORS_PER_BLOCK = 64;
/** Block numbers in an indirect block. */
export const POINTERS_PER_BLOCK = 1024;
/** Block numbers are kept below 2^32: extents and descriptors then need no upper halves, and resize_inode works. */
export const MAX_BLOCKS: number = 2 ** 32 - 1;

export const ROOT_INODE = 2;
export const RESIZE_INODE = 7;
export const JOURNAL_INODE = 8;
/** The first that is not reserved; e2fsck expects no number for lost+found, mke2fs makes it this one. */
export const LOST_FOUND_INODE = 11;

/** Inode flags. */
export const FLAG_INDEX = 0x1000;
export const FLAG_EXTENTS = 0x80000;

/** Most blocks in one extent; a longer one would mean "unwritten". */
export const MAX_RUN_BLOCKS = 32_768;
/** ext4 counts links up to here; a directory with more subdirectories has the link count 1 (feature dir_nlink). */
export const MAX_LINKS = 65_000;
/** Logical block numbers have 32 bits, and the last one is taken as "none". */
export const MAX_FILE_BYTES: number = (2 ** 32 - 1) * BLOCK_BYTES;

/** Fields of an inode after the first 128 bytes that are used: up to i_projid. */
export const EXTRA_INODE_BYTES = 32;
/** Where the attributes in an inode begin, with their magic number. */
export const INODE_XATTR_OFFSET: number = 128 + EXTRA_INODE_BYTES;

/** How many blocks hold `bytes`. */
export function blocksFor(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES);
}

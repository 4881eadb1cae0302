/*
 * A tar archive is a row of 512-byte blocks: for each entry a header and its data, padded with zeros to whole blocks;
 * two blocks of zeros at the end. POSIX.1-2024 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format".
 *
 *   0 name 100 │ 100 mode 8 │ 108 uid 8 │ 116 gid 8 │ 124 size 12 │ 136 mtime 12 │ 148 checksum 8 │ 156 type 1
 *   157 link name 100 │ 257 magic 6 + version 2 │ 265 user name 32 │ 297 group name 32 │ 329 major 8 │ 337 minor 8
 *   345 ustar: prefix of the name 155           star ("tar\0" at 508): prefix 131, then times
 *   345 old GNU: times 24, offset 12, …; 386 four sparse runs of (offset 12, length 12); 482 more follow 1; 483 real size 12
 *
 * Numbers are octal digits, or from the first byte's high bit on a base-256 number (GNU).
 */

export const BLOCK_BYTES = 512;

export const NAME_AT = 0;
export const NAME_BYTES = 100;
export const MODE_AT = 100;
export const UID_AT = 108;
export const GID_AT = 116;
export const ID_BYTES = 8;
export const SIZE_AT = 124;
export const MTIME_AT = 136;
export const WIDE_BYTES = 12;
export const CHECKSUM_AT = 148;
export const CHECKSUM_BYTES = 8;
export const TYPE_AT = 156;
export const LINK_AT = 157;
export const LINK_BYTES = 100;
export const MAGIC_AT = 257;
export const MAJOR_AT = 329;
export const MINOR_AT = 337;
export const PREFIX_AT = 345;
export const PREFIX_BYTES = 155;
export const STAR_PREFIX_BYTES = 131;
export const STAR_MAGIC_AT = 508;
export const GNU_SPARSE_AT = 386;
export const GNU_SPARSE_RUNS = 4;
export const GNU_SPARSE_RUN_BYTES = 24;
export const GNU_EXTENDED_AT = 482;
export const GNU_REAL_SIZE_AT = 483;
export const GNU_EXTENSION_RUNS = 21;
export const GNU_EXTENSION_EXTENDED_AT = 504;

/** What an archive may claim before it is refused. */
export const TAR_LIMITS = {
  /** Path or link target. */
  nameBytes: 65_536,
  /** Extended header of one entry; the kernel's xattrs are at most 64 KiB each. */
  paxBytes: 16_777_216,
  /** Runs of data in one sparse file. */
  sparseRuns: 1_000_000,
  entries: 10_000_000,
} as const;

/** The zeros that fill up the last block of data of this length. */
export function tarPaddingBytes(storedBytes: number): number {
  return (BLOCK_BYTES - (storedBytes % BLOCK_BYTES)) % BLOCK_BYTES;
}

/** The end of an archive: two blocks of zeros. */
export const TAR_END: Uint8Array = new Uint8Array(2 * BLOCK_BYTES);

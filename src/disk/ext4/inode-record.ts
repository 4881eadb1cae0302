// An inode of 256 bytes (kernel: inodes.rst). Fields are named there; what is not listed is 0.
//
//     0 mode u16 | uid u16 | size u32 | atime u32 | ctime u32 | mtime u32 | dtime u32 | gid u16 | links u16
//    28 blocks u32, in 512 bytes | flags u32 | 0 u32 | 40 body (60)
//   100 generation u32 | attribute block u32 | upper size u32 | 116 upper blocks u16 | 120 upper uid, gid u16
//   124 checksum, lower u16 | 128 size of the extra fields u16 | checksum, upper u16
//   132 ctime, mtime, atime extra u32 | 144 crtime u32 | crtime extra u32 | 160 attributes

import { crc32c } from '../../bytes/index.ts';
import { inodeSeed } from './disk.ts';
import { BLOCK_BYTES, EXTRA_INODE_BYTES, INODE_BYTES } from './format.ts';
import type { Timestamp } from './timestamp.ts';

const BODY_OFFSET = 40;
const BODY_END = 100;
const SECTORS_PER_BLOCK = BLOCK_BYTES / 512;
const TIME_OFFSETS = [8, 12, 16, 144];
const EXTRA_TIME_OFFSETS = [132, 136, 140, 148];

/** What every inode has. */
export interface InodeFields {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  readonly links: number;
  readonly flags: number;
  /** The tree knows one time only; it stands for all four, so that nothing depends on when the disk was written. */
  readonly time: Timestamp;
  /** Blocks it has in all: data, extent tree, attributes. */
  readonly blocks: number;
  /** 0 if it has none. */
  readonly xattrBlock: number;
}

/** One inode being encoded; used again for each, since views on buffers cost more than what is written through them. */
export class InodeRecord {
  readonly bytes: Buffer = Buffer.alloc(INODE_BYTES);
  /** The 60 bytes that hold an extent tree's root, a short link target or a device number. */
  readonly body: Buffer = this.bytes.subarray(BODY_OFFSET, BODY_END);

  /** Begins an inode: all that is not in `fields` is 0. */
  begin(fields: InodeFields): void {
    const { bytes } = this;
    const { mode, uid, gid, sizeBytes, links, flags, xattrBlock, time } = fields;
    const sectors = fields.blocks * SECTORS_PER_BLOCK;
    bytes.fill(0);
    bytes.writeUInt16LE(mode, 0);
    bytes.writeUInt16LE(uid & 0xffff, 2);
    bytes.writeUInt32LE(sizeBytes >>> 0, 4);
    bytes.writeUInt16LE(gid & 0xffff, 24);
    bytes.writeUInt16LE(links, 26);
    bytes.writeUInt32LE(sectors >>> 0, 28);
    bytes.writeUInt32LE(flags, 32);
    bytes.writeUInt32LE(xattrBlock, 104);
    bytes.writeUInt32LE(Math.floor(sizeBytes / 2 ** 32), 108);
    bytes.writeUInt16LE(Math.floor(sectors / 2 ** 32), 116);
    bytes.writeUInt16LE(uid >>> 16, 120);
    bytes.writeUInt16LE(gid >>> 16, 122);
    bytes.writeUInt16LE(EXTRA_INODE_BYTES, 128);
    for (const offset of TIME_OFFSETS) bytes.writeUInt32LE(time.low, offset);
    for (const offset of EXTRA_TIME_OFFSETS) bytes.writeUInt32LE(time.extra, offset);
  }

  /** The finished inode, with its checksum for `number`; valid until the next begins. */
  finish(seed: number, number: number): Buffer {
    const checksum = crc32c(inodeSeed(seed, number), this.bytes);
    this.bytes.writeUInt16LE(checksum & 0xffff, 124);
    this.bytes.writeUInt16LE(checksum >>> 16, 130);
    return this.bytes;
  }
}

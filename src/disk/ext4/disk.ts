import { crc32c } from '../../bytes/index.ts';
import type { BlockWriter } from './block-writer.ts';
import type { Run } from './inode.ts';
import type { Placement } from './place.ts';
import type { Layout } from './plan.ts';

/** A disk whose files are written, so that nothing about it is open any more. */
export interface Disk {
  readonly layout: Layout;
  /** In the order of the inodes; without the blocks of zeros that were found. */
  readonly placements: readonly Placement[];
  /** Blocks that were planned and are free after all; ascending. */
  readonly freed: readonly Run[];
  /** The state of a checksum after the UUID: all metadata is checksummed with it. */
  readonly seed: number;
  readonly writer: BlockWriter;
}

/** The state of a checksum after the UUID. */
export function checksumSeed(uuid: Uint8Array): number {
  return crc32c(0xffffffff, uuid);
}

const NUMBER_AND_GENERATION: Buffer = Buffer.alloc(8);

/** The state of a checksum after the UUID and an inode's number and generation, which is 0. */
export function inodeSeed(seed: number, number: number): number {
  NUMBER_AND_GENERATION.writeUInt32LE(number, 0);
  return crc32c(seed, NUMBER_AND_GENERATION);
}

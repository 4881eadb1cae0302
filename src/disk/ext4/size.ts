import { refuse } from './errors.ts';
import { BLOCK_BYTES, BLOCKS_PER_GROUP, MAX_BLOCKS, MAX_INODES_PER_GROUP } from './format.ts';
import { fixedBlocks, type Geometry, geometryFor, groupStart, minBlocks } from './geometry.ts';

/** How large a disk shall be: as a whole, or by the room it shall leave. */
export type DiskSize = { readonly totalBytes: number } | { readonly freeBytes: number };

/** What has to fit on a disk. */
export interface Load {
  /** Blocks of directories, files, links, attributes and extent trees. */
  readonly blocks: number;
  /** Inode numbers, the reserved ones included. */
  readonly inodes: number;
  readonly journal: boolean;
}

const MIN_DEFAULT_FREE_BLOCKS = (16 << 20) / BLOCK_BYTES;
/** mke2fs provides an inode for every 16 KiB. */
const FREE_BLOCKS_PER_INODE = 4;

/** Blocks that are in use on a disk of this geometry. */
function usedBlocks(geometry: Geometry, load: Load): number {
  return fixedBlocks(geometry) + geometry.journalBlocks + load.blocks;
}

/** Of the free blocks, those that root can fill: the kernel keeps 2 %, at most 16 MiB, for splitting extents. */
export function availableBlocks({ blocks }: Geometry, freeBlocks: number): number {
  return Math.max(0, freeBlocks - kernelReserve(blocks));
}

function kernelReserve(blocks: number): number {
  return Math.min(Math.floor(blocks / 50), 4096);
}

/**
 * The geometry of the disk of `size` that holds `load`, with at least `freeInodes` to spare.
 *
 * @throws PlinthError `ext4-disk-too-small` (with the size that is needed), `ext4-too-few-inodes`, `ext4-disk-too-large`
 */
export function fitDisk(load: Load, size: DiskSize | undefined, freeInodes?: number): Geometry {
  if (size !== undefined && 'totalBytes' in size) return fitTotal(load, size.totalBytes, freeInodes);
  const free =
    size === undefined
      ? Math.max(MIN_DEFAULT_FREE_BLOCKS, Math.ceil(load.blocks / 10))
      : Math.ceil(size.freeBytes / BLOCK_BYTES);
  const spareInodes = freeInodes ?? Math.max(Math.ceil(free / FREE_BLOCKS_PER_INODE), Math.ceil(load.inodes / 10));
  const demand = { load, free, inodes: load.inodes + spareInodes };
  const grown = grow(demand, 0);
  const slack = grown.blocks - wantedBlocks(demand, grown);
  // Growing may have gone one step too far where tables became smaller by being shared among more groups.
  const trimmed = slack > 0 ? grow(demand, grown.blocks - slack) : grown;
  return trimmed.blocks < grown.blocks ? trimmed : grown;
}

interface GrowthDemand {
  readonly load: Load;
  readonly free: number;
  readonly inodes: number;
}

function wantedBlocks({ load, free }: GrowthDemand, geometry: Geometry): number {
  const spare = free === 0 ? 0 : free + kernelReserve(geometry.blocks);
  return Math.max(usedBlocks(geometry, load) + spare, minBlocks(geometry));
}

/** The smallest geometry, from `blocks` up, that satisfies the demand. What a disk needs for itself grows with its size. */
function grow(demand: GrowthDemand, blocks: number): Geometry {
  for (let at = blocks; ; ) {
    const geometry = geometryFor({ blocks: at, inodes: demand.inodes, journal: demand.load.journal });
    const wanted = wantedBlocks(demand, geometry);
    if (wanted <= at) return geometry;
    if (wanted > MAX_BLOCKS) throw tooLarge(wanted);
    at = wanted;
  }
}

function fitTotal(load: Load, totalBytes: number, freeInodes: number | undefined): Geometry {
  const given = Math.floor(totalBytes / BLOCK_BYTES);
  if (given > MAX_BLOCKS) throw tooLarge(given);
  const inodes = load.inodes + (freeInodes ?? 0);
  const demand = { load, free: 0, inodes };
  const blocks = withoutShortEnd(geometryFor({ blocks: given, inodes, journal: load.journal }));
  const least = grow(demand, blocks);
  if (least.blocks > blocks) throw tooSmall({ given, least, inodes });
  if (freeInodes !== undefined) return least;
  const spare = Math.floor((blocks - usedBlocks(least, load)) / FREE_BLOCKS_PER_INODE);
  const roomy = geometryFor({ blocks, inodes: inodes + spare, journal: load.journal });
  return wantedBlocks(demand, roomy) <= blocks ? roomy : least;
}

/** The blocks of `geometry`, less those of a last group that is too small to be of use. */
function withoutShortEnd(geometry: Geometry): number {
  const short = geometry.groups > 1 && geometry.blocks < minBlocks(geometry);
  return short ? Math.min(geometry.blocks, groupStart(geometry.groups - 1)) : geometry.blocks;
}

interface Shortage {
  readonly given: number;
  readonly least: Geometry;
  readonly inodes: number;
}

function tooSmall({ given, least, inodes }: Shortage): Error {
  const neededBytes = least.blocks * BLOCK_BYTES;
  const totalBytes = given * BLOCK_BYTES;
  const hint = `Ask for at least ${neededBytes} bytes (${Math.ceil(neededBytes / 2 ** 20)} MiB).`;
  const details = { totalBytes, neededBytes };
  const possible = Math.ceil(given / BLOCKS_PER_GROUP) * MAX_INODES_PER_GROUP;
  if (inodes > possible) {
    const message = `${inodes} inodes do not fit in ${totalBytes} bytes, at most ${possible} do`;
    return refuse({ code: 'ext4-too-few-inodes', message, hint, details });
  }
  const message = `the tree needs ${neededBytes} bytes, but the disk has ${totalBytes}`;
  return refuse({ code: 'ext4-disk-too-small', message, hint, details });
}

function tooLarge(blocks: number): Error {
  return refuse({
    code: 'ext4-disk-too-large',
    message: `a disk of ${blocks * BLOCK_BYTES} bytes, less than 16 TiB is possible`,
    hint: 'Ask for less free space, or leave files out.',
  });
}

import { encodeText } from '../../bytes/index.ts';
import type { Tree } from '../../tree/index.ts';
import { collectInodes, lastInodeNumber } from './collect.ts';
import { type DirectoryIndex, planIndex } from './directory.ts';
import type { HashSeed } from './directory-hash.ts';
import { refuse } from './errors.ts';
import { BLOCK_BYTES } from './format.ts';
import { fixedBlocks, type Geometry } from './geometry.ts';
import { deriveUuid, formatUuid, hashInodes, hashSeedOf } from './identity.ts';
import type { Inode } from './inode.ts';
import { type Contents, countBlocks, findXattrBlocks, type Placements, placeRuns } from './place.ts';
import { availableBlocks, type DiskSize, fitDisk, type Load } from './size.ts';

/** How a disk shall be. */
export interface Ext4Options {
  /**
   * `totalBytes`: the size of the disk; `freeBytes`: what root can still write on it, the disk being as small as that
   * allows. Absent: a tenth of the content is left free, but at least 16 MiB.
   */
  readonly size?: DiskSize | undefined;
  /** Inodes to leave free at least; absent: one for every 16 KiB of free space, and a tenth of those in use. */
  readonly freeInodes?: number | undefined;
  /** Absent: true, with the size that mke2fs picks; a disk below 8 MiB has none. */
  readonly journal?: boolean | undefined;
  /** At most 16 bytes of UTF-8. */
  readonly label?: string | undefined;
  /** The time in the superblock, as SOURCE_DATE_EPOCH gives it; absent: the newest modification time in the tree. */
  readonly epochSeconds?: number | undefined;
  /**
   * What tells this tree from others of the same names, sizes and times, such as the digest of an image: it goes into
   * the UUID, for which the bytes in the files are not read.
   */
  readonly identity?: string | undefined;
}

/** A disk laid out, and not yet written. */
export interface Ext4Plan {
  /** The size that the image file must have when all is written. */
  readonly sizeBytes: number;
  /** What root can write on the disk, at least: zeros found in files while they are written add to it. */
  readonly freeBytes: number;
  readonly freeInodes: number;
  readonly journalBytes: number;
  readonly uuid: string;
  /** For `writeExt4`. */
  readonly layout: Layout;
}

/** Everything that is decided about a disk. */
export interface Layout extends Contents {
  readonly geometry: Geometry;
  readonly placements: Placements;
  /** 16 bytes. */
  readonly uuid: Buffer;
  readonly hashSeed: HashSeed;
  /** At most 16 bytes. */
  readonly label: string;
  readonly epochSeconds: number;
}

const MAX_LABEL_BYTES = 16;
/** The superblock has 40 bits for its times. */
const MAX_EPOCH_SECONDS = 2 ** 40 - 1;

/**
 * Lays out the ext4 disk of `tree`. Reads nothing: sizes are known. The same tree and options give the same layout,
 * whatever the order of the names in it.
 *
 * @throws PlinthError `ext4-…` for what does not fit in the size or cannot be held by ext4, naming the path
 */
export function planExt4(tree: Tree, options: Ext4Options = {}): Ext4Plan {
  checkOptions(options);
  const label = checkLabel(options.label ?? '');
  const inodes = collectInodes(tree);
  const epochSeconds = options.epochSeconds ?? newestSeconds(inodes);
  const digest = hashInodes(inodes, options.identity ?? '');
  const hashSeed = hashSeedOf(digest);
  const indexes = planIndexes(inodes, hashSeed);
  const contents: Contents = { inodes, indexes, withXattrBlock: findXattrBlocks(inodes) };
  const { geometry, placements } = placeOnDisk(contents, options);
  const uuid = deriveUuid(digest, JSON.stringify([geometry, label, epochSeconds]));
  const layout = { ...contents, geometry, placements, uuid, hashSeed, label, epochSeconds };
  return { ...summarise(layout, options.size), layout };
}

function checkOptions({ size, freeInodes, epochSeconds }: Ext4Options): void {
  const values = {
    totalBytes: size !== undefined && 'totalBytes' in size ? size.totalBytes : undefined,
    freeBytes: size !== undefined && 'freeBytes' in size ? size.freeBytes : undefined,
    freeInodes,
    epochSeconds,
  };
  for (const [name, value] of Object.entries(values)) {
    const limit = name === 'epochSeconds' ? MAX_EPOCH_SECONDS : Number.MAX_SAFE_INTEGER;
    if (value === undefined || (Number.isInteger(value) && value >= 0 && value <= limit)) continue;
    throw refuse({
      code: 'ext4-size-invalid',
      message: `${name} ${value} is not a whole number from 0 to ${limit}`,
      details: { [name]: value },
    });
  }
}

function checkLabel(label: string): string {
  const bytes = encodeText(label);
  if (bytes.length <= MAX_LABEL_BYTES) return bytes;
  throw refuse({
    code: 'ext4-label-too-long',
    message: `label ${JSON.stringify(label)}: ${bytes.length} bytes, at most ${MAX_LABEL_BYTES} are possible`,
    hint: 'Choose a shorter label.',
  });
}

/** Never negative, which the superblock cannot hold. */
function newestSeconds(inodes: readonly Inode[]): number {
  let newest = 0;
  for (const { time } of inodes) newest = Math.max(newest, time.seconds);
  return newest;
}

function planIndexes(inodes: readonly Inode[], seed: HashSeed): Map<Inode, DirectoryIndex> {
  const indexes = new Map<Inode, DirectoryIndex>();
  for (const inode of inodes) {
    const index = inode.entries === undefined ? undefined : planIndex(inode, seed);
    if (index !== undefined) indexes.set(inode, index);
  }
  return indexes;
}

interface Placed {
  readonly geometry: Geometry;
  readonly placements: Placements;
}

function placeOnDisk(contents: Contents, { size, freeInodes, journal = true }: Ext4Options): Placed {
  const blocks = countBlocks(contents);
  const inodes = lastInodeNumber(contents.inodes);
  // How many blocks extent trees take depends on where group boundaries cut files, so on the geometry; nearly always 0.
  for (let treeBlocks = 0; ; ) {
    const load: Load = { blocks: blocks + treeBlocks, inodes, journal };
    const geometry = fitDisk(load, size, freeInodes);
    const placed = placeRuns(geometry, contents);
    if (placed.treeBlocks <= treeBlocks) return { geometry, placements: placed.finish() };
    treeBlocks = placed.treeBlocks;
  }
}

function summarise(layout: Layout, size: DiskSize | undefined): Omit<Ext4Plan, 'layout'> {
  const { geometry, placements } = layout;
  const totalBytes = size !== undefined && 'totalBytes' in size ? size.totalBytes : geometry.blocks * BLOCK_BYTES;
  const free = geometry.blocks - fixedBlocks(geometry) - placements.takenBlocks;
  return {
    sizeBytes: totalBytes,
    freeBytes: availableBlocks(geometry, free) * BLOCK_BYTES,
    freeInodes: geometry.groups * geometry.inodesPerGroup - lastInodeNumber(layout.inodes),
    journalBytes: geometry.journalBlocks * BLOCK_BYTES,
    uuid: formatUuid(layout.uuid),
  };
}

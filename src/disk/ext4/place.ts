import { type DirectoryIndex, directoryBlocks } from './directory.ts';
import { extentBlocks } from './extent-tree.ts';
import { MAX_RUN_BLOCKS } from './format.ts';
import { dataStart, type Geometry, groupEnd } from './geometry.ts';
import { fileBlocks, fileRuns, type Inode, isSlowLink, type LogicalRun, type Run } from './inode.ts';
import { placeXattrs } from './xattr.ts';

/** Which blocks of the disk belong to an inode. */
export interface Placement {
  readonly runs: readonly Run[];
  /** Blocks of its extent tree, as `extentBlocks` counts them. */
  readonly tree: readonly number[];
  /** The block with its attributes; 0 if there is none. */
  readonly xattrBlock: number;
}

/** The disk filled: nothing behind `firstFree` is in use but what the geometry fixes. */
export interface Placements {
  /** In the order of the inodes. */
  readonly inodes: readonly Placement[];
  readonly journal: Placement;
  /** The block that lists those kept for more descriptors. */
  readonly resizeBlock: number;
  readonly firstFree: number;
  /** Blocks in use beside those that the geometry fixes, the journal's included. */
  readonly takenBlocks: number;
}

/** The inodes and what was found out about them. */
export interface Contents {
  readonly inodes: readonly Inode[];
  /** Of the directories that need one. */
  readonly indexes: ReadonlyMap<Inode, DirectoryIndex>;
  /** The inodes that have attributes outside of them. */
  readonly withXattrBlock: ReadonlySet<Inode>;
}

const NOWHERE: Placement = { runs: [], tree: [], xattrBlock: 0 };

/** Hands out the blocks for data of all groups, in their order. */
class Allocator {
  readonly #geometry: Geometry;
  #group = 0;
  #next: number;
  #taken = 0;

  constructor(geometry: Geometry) {
    this.#geometry = geometry;
    this.#next = dataStart(geometry, 0);
  }

  get next(): number {
    return this.#next;
  }

  get taken(): number {
    return this.#taken;
  }

  take(): number {
    this.#enterGroupWithRoom();
    this.#taken++;
    return this.#next++;
  }

  /** Places the first of `length` blocks: all, or as many as the group has left and an extent may have. */
  takeRun(logical: number, length: number): Run {
    const room = this.#enterGroupWithRoom();
    const start = this.#next;
    const count = Math.min(length, room, MAX_RUN_BLOCKS);
    this.#next += count;
    this.#taken += count;
    return { logical, length: count, start };
  }

  #enterGroupWithRoom(): number {
    for (;;) {
      const room = groupEnd(this.#geometry, this.#group) - this.#next;
      if (room > 0) return room;
      this.#group++;
      if (this.#group >= this.#geometry.groups) throw new RangeError('the disk is smaller than its content');
      this.#next = dataStart(this.#geometry, this.#group);
    }
  }
}

/** Everything placed but the extent trees, whose size is only known now. */
export interface PlacedRuns {
  readonly treeBlocks: number;
  /** Places the extent trees too; the disk must have `treeBlocks` blocks left. */
  finish(): Placements;
}

/**
 * Places all that `contents` needs in `geometry`, which must have room for it: first directories, long link targets
 * and attributes, then the journal, then the files, each in one piece as far as the groups allow, then extent trees.
 */
export function placeRuns(geometry: Geometry, contents: Contents): PlacedRuns {
  const allocator = new Allocator(geometry);
  const resizeBlock = allocator.take();
  const metadata = contents.inodes.map((inode) => placeMetadata(inode, contents, allocator));
  const journal = placeLogical([{ logical: 0, length: geometry.journalBlocks }], allocator);
  const placed = contents.inodes.map((inode, i) => placeFile(inode, metadata[i] ?? NOWHERE, allocator));
  let treeBlocks = extentBlocks(journal.length);
  for (const { runs } of placed) treeBlocks += extentBlocks(runs.length);
  const finish = (): Placements => {
    const inodes = treeBlocks === 0 ? placed : placed.map((placement) => placeTree(placement, allocator));
    const journalPlacement = placeTree({ ...NOWHERE, runs: journal }, allocator);
    const { next: firstFree, taken: takenBlocks } = allocator;
    return { inodes, journal: journalPlacement, resizeBlock, firstFree, takenBlocks };
  };
  return { treeBlocks, finish };
}

/** Places the blocks of a file in as few runs as possible. */
function placeLogical(logicalRuns: readonly LogicalRun[], allocator: Allocator): readonly Run[] {
  const runs: Run[] = [];
  for (const { logical, length } of logicalRuns) {
    for (let done = 0; done < length; ) {
      const run = allocator.takeRun(logical + done, length - done);
      done += run.length;
      addRun(runs, run);
    }
  }
  // An array that grew keeps room for 16 more; a copy does not, and there is one for every file.
  return runs.slice();
}

/** Appends `run`, joined to the last one where both only part at a group boundary without tables. */
function addRun(runs: Run[], run: Run): void {
  const last = runs.at(-1);
  const isAdjacent =
    last !== undefined &&
    last.start + last.length === run.start &&
    last.logical + last.length === run.logical &&
    last.length + run.length <= MAX_RUN_BLOCKS;
  if (isAdjacent) runs[runs.length - 1] = { ...last, length: last.length + run.length };
  else runs.push(run);
}

function placeMetadata(inode: Inode, contents: Contents, allocator: Allocator): Placement {
  const length = metadataBlocks(inode, contents);
  const hasBlock = contents.withXattrBlock.has(inode);
  if (length === 0 && !hasBlock) return NOWHERE;
  const runs = placeLogical([{ logical: 0, length }], allocator);
  return { runs, tree: NOWHERE.tree, xattrBlock: hasBlock ? allocator.take() : 0 };
}

/** Blocks of a directory or of a long link target. */
function metadataBlocks(inode: Inode, contents: Contents): number {
  if (inode.entries !== undefined) return directoryBlocks(inode, contents.indexes.get(inode));
  return isSlowLink(inode.node) ? 1 : 0;
}

function placeFile({ node }: Inode, metadata: Placement, allocator: Allocator): Placement {
  if (node.kind !== 'file' || node.content.sizeBytes === 0) return metadata;
  const runs = placeLogical(fileRuns(node.content), allocator);
  return { runs, tree: metadata.tree, xattrBlock: metadata.xattrBlock };
}

function placeTree(placement: Placement, allocator: Allocator): Placement {
  const count = extentBlocks(placement.runs.length);
  if (count === 0) return placement;
  return { ...placement, tree: Array.from({ length: count }, () => allocator.take()) };
}

/** Blocks that {@link placeRuns} will take for all but the journal and the extent trees. */
export function countBlocks(contents: Contents): number {
  let blocks = 1;
  for (const inode of contents.inodes) {
    blocks += metadataBlocks(inode, contents);
    if (inode.node.kind === 'file') blocks += fileBlocks(inode.node.content);
  }
  return blocks + contents.withXattrBlock.size;
}

/** The inodes whose attributes need a block. */
export function findXattrBlocks(inodes: readonly Inode[]): Set<Inode> {
  return new Set(inodes.filter((inode) => (placeXattrs(inode)?.block.length ?? 0) > 0));
}

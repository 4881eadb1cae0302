import { type DirectoryIndex, directoryBlocks } from './directory.ts';
import { extentBlocks } from './extent-tree.ts';
import { MAX_RUN_BLOCKS } from './format.ts';
import { dataStart, type Geometry, groupEnd } from './geometry.ts';
import { fileRuns, type Inode, isSlowLink, type LogicalRun, type Run } from './inode.ts';
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

  /** Places consecutive blocks of a file, in as few runs as possible, behind those in `runs`. */
  takeRun({ logical, length }: LogicalRun, runs: Run[]): void {
    for (let done = 0; done < length; ) {
      const room = this.#enterGroupWithRoom();
      const start = this.#next;
      const last = runs.at(-1);
      const follows = last !== undefined && continues(last, { logical: logical + done, start });
      const limit = follows ? MAX_RUN_BLOCKS - last.length : MAX_RUN_BLOCKS;
      const count = Math.min(length - done, room, limit);
      if (follows) runs[runs.length - 1] = { ...last, length: last.length + count };
      else runs.push({ logical: logical + done, length: count, start });
      this.#next += count;
      this.#taken += count;
      done += count;
    }
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

function continues(last: Run, { logical, start }: { readonly logical: number; readonly start: number }): boolean {
  const adjacent = last.start + last.length === start && last.logical + last.length === logical;
  return adjacent && last.length < MAX_RUN_BLOCKS;
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

function placeLogical(logicalRuns: Iterable<LogicalRun>, allocator: Allocator): Run[] {
  const runs: Run[] = [];
  for (const run of logicalRuns) allocator.takeRun(run, runs);
  return runs;
}

function placeMetadata(inode: Inode, contents: Contents, allocator: Allocator): Placement {
  const length = metadataBlocks(inode, contents);
  const hasBlock = contents.withXattrBlock.has(inode);
  if (length === 0 && !hasBlock) return NOWHERE;
  const runs = placeLogical([{ logical: 0, length }], allocator);
  return { runs, tree: [], xattrBlock: hasBlock ? allocator.take() : 0 };
}

/** Blocks of a directory or of a long link target. */
function metadataBlocks(inode: Inode, contents: Contents): number {
  if (inode.entries !== undefined) return directoryBlocks(inode, contents.indexes.get(inode));
  return isSlowLink(inode.node) ? 1 : 0;
}

function placeFile(inode: Inode, metadata: Placement, allocator: Allocator): Placement {
  if (inode.node.kind !== 'file' || inode.node.content.sizeBytes === 0) return metadata;
  return { ...metadata, runs: placeLogical(fileRuns(inode.node), allocator) };
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
    for (const { length } of fileRuns(inode.node)) blocks += length;
  }
  return blocks + contents.withXattrBlock.size;
}

/** The inodes whose attributes need a block. */
export function findXattrBlocks(inodes: readonly Inode[]): Set<Inode> {
  return new Set(inodes.filter((inode) => (placeXattrs(inode)?.block.length ?? 0) > 0));
}

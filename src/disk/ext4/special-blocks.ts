import { writeDirectory } from './directory.ts';
import { type Disk, inodeSeed } from './disk.ts';
import { type ExtentTarget, writeExtentBlocks } from './extent-tree.ts';
import { BLOCK_BYTES, JOURNAL_INODE, POINTERS_PER_BLOCK } from './format.ts';
import { backupGroups, groupStart } from './geometry.ts';
import { type Inode, isSlowLink, type Run } from './inode.ts';
import type { Placement } from './place.ts';
import { putText } from './put-text.ts';
import { encodeBlockXattrs, placeXattrs } from './xattr.ts';

/** Writes directories, long link targets and attributes, in the order in which they were placed. */
export function writeNodeBlocks(disk: Disk): void {
  disk.layout.inodes.forEach((inode, i) => {
    const placement = disk.placements[i] as Placement;
    if (inode.entries !== undefined) writeDirectoryBlocks(disk, inode, placement.runs);
    if (isSlowLink(inode.node)) writeLinkBlock(disk, inode, placement);
    if (placement.xattrBlock !== 0) writeXattrBlock(disk, inode, placement.xattrBlock);
  });
}

function writeDirectoryBlocks({ layout, seed, writer }: Disk, inode: Inode, runs: readonly Run[]): void {
  let run = 0;
  writeDirectory(inode, layout.indexes.get(inode), {
    seed: inodeSeed(seed, inode.number),
    place: (logical) => {
      // Blocks are asked for in their order.
      while (logical >= end(runs[run])) run++;
      const { logical: first, start } = runs[run] as Run;
      return writer.placeZeroed(start + (logical - first));
    },
  });
}

function end(run: Run | undefined): number {
  return run === undefined ? Number.POSITIVE_INFINITY : run.logical + run.length;
}

function writeLinkBlock({ writer }: Disk, { node }: Inode, { runs }: Placement): void {
  if (node.kind !== 'symlink' || runs[0] === undefined) return;
  putText(node.target, writer.placeZeroed(runs[0].start), 0);
}

function writeXattrBlock({ seed, writer }: Disk, inode: Inode, number: number): void {
  const attributes = placeXattrs(inode)?.block ?? [];
  encodeBlockXattrs(attributes, writer.placeZeroed(number), { number, seed });
}

/** Writes the blocks of all extent trees that do not fit in their inodes. */
export function writeExtentTrees(disk: Disk): void {
  const { inodes, placements } = disk.layout;
  disk.placements.forEach((placement, i) => {
    if (placement.tree.length > 0) writeTree(disk, placement, (inodes[i] as Inode).number);
  });
  writeTree(disk, placements.journal, JOURNAL_INODE);
}

function writeTree({ seed, writer }: Disk, { runs, tree }: Placement, number: number): void {
  if (tree.length === 0) return;
  const place = (block: number): Buffer => writer.placeZeroed(block);
  const target: ExtentTarget = { blocks: tree, seed: inodeSeed(seed, number), place };
  writeExtentBlocks(runs, target);
}

const JOURNAL_MAGIC = 0xc03b3998;
const JOURNAL_SUPERBLOCK_V2 = 4;

/** Writes the journal's superblock: empty, and without features, which the kernel sets when it mounts the disk. */
export function writeJournal({ layout, writer }: Disk): void {
  const first = layout.placements.journal.runs[0];
  if (first === undefined) return;
  const block = writer.placeZeroed(first.start);
  block.writeUInt32BE(JOURNAL_MAGIC, 0);
  block.writeUInt32BE(JOURNAL_SUPERBLOCK_V2, 4);
  block.writeUInt32BE(BLOCK_BYTES, 12);
  block.writeUInt32BE(layout.geometry.journalBlocks, 16);
  // The first block of the log, and the first transaction expected there.
  block.writeUInt32BE(1, 20);
  block.writeUInt32BE(1, 24);
  layout.uuid.copy(block, 48);
  // One file system uses it.
  block.writeUInt32BE(1, 64);
}

/** Writes the pointers that make a file of the blocks kept for more descriptors. */
export function writeResizeBlocks({ layout, writer }: Disk): void {
  const { geometry, placements } = layout;
  const { descriptorBlocks, reservedDescriptorBlocks } = geometry;
  const backups = backupGroups(geometry.groups);
  const top = writer.placeZeroed(placements.resizeBlock);
  for (let i = 0; i < reservedDescriptorBlocks; i++) {
    const index = descriptorBlocks + i;
    top.writeUInt32LE(1 + index, (index % POINTERS_PER_BLOCK) * 4);
  }
  for (let i = 0; i < reservedDescriptorBlocks; i++) {
    const number = 1 + descriptorBlocks + i;
    const block = writer.placeZeroed(number);
    for (const [at, group] of backups.entries()) block.writeUInt32LE(groupStart(group) + number, at * 4);
  }
}

import { setImmediate } from 'node:timers/promises';
import { BlockWriter, type DiskSink } from './block-writer.ts';
import { checksumSeed, type Disk } from './disk.ts';
import { extentBlocks } from './extent-tree.ts';
import { subtractHoles, writePiece } from './file-data.ts';
import { BLOCK_BYTES } from './format.ts';
import { backupGroups, groupStart } from './geometry.ts';
import { type GroupTable, writeBitmaps } from './groups.ts';
import type { Inode, Run } from './inode.ts';
import { writeInodeTables } from './inode-table.ts';
import type { Placement } from './place.ts';
import type { Ext4Plan, Layout } from './plan.ts';
import { availableBlocks } from './size.ts';
import { writeExtentTrees, writeJournal, writeNodeBlocks, writeResizeBlocks } from './special-blocks.ts';
import { encodeSuperblock, SUPERBLOCK_OFFSET } from './superblock.ts';

export interface Ext4WriteOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called now and then, and at the end, with the bytes handled so far of all. */
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
}

/** What came out. */
export interface Ext4Result {
  /** What root can write on the disk. */
  readonly freeBytes: number;
  readonly freeInodes: number;
}

/** Other work gets a turn, and progress is told, after this many blocks. */
const PACE_BLOCKS = 2048;

/**
 * Writes the disk of `plan` to `sink`: the bytes of the files first, in ascending positions, then what describes them,
 * the superblock last. Positions left out are holes; the caller sets the size of the file to `plan.sizeBytes`.
 *
 * @throws PlinthError `ext4-content-short`, and whatever reading the files throws; the signal's reason when aborted
 */
export async function writeExt4(plan: Ext4Plan, sink: DiskSink, options: Ext4WriteOptions = {}): Promise<Ext4Result> {
  const writer = new BlockWriter(sink);
  const pace = new Pace(plan.layout, writer, options);
  const files = await writeFiles(plan.layout, writer, pace);
  const disk: Disk = { layout: plan.layout, ...files, seed: checksumSeed(plan.layout.uuid), writer };
  writeNodeBlocks(disk);
  await pace.pause();
  writeJournal(disk);
  writeExtentTrees(disk);
  writeResizeBlocks(disk);
  writeInodeTables(disk);
  await pace.pause();
  const table = writeBitmaps(disk);
  writeSuperblocks(disk, table);
  writer.flush();
  pace.finish();
  const { freeBlocks, freeInodes } = table;
  return { freeBytes: availableBlocks(plan.layout.geometry, freeBlocks) * BLOCK_BYTES, freeInodes };
}

/** Lets other work run, and tells the progress, between pieces. */
class Pace {
  readonly #writer: BlockWriter;
  readonly #options: Ext4WriteOptions;
  readonly #totalBlocks: number;
  #next = PACE_BLOCKS;

  constructor({ geometry, placements }: Layout, writer: BlockWriter, options: Ext4WriteOptions) {
    this.#writer = writer;
    this.#options = options;
    this.#totalBlocks = placements.takenBlocks - geometry.journalBlocks;
    options.signal?.throwIfAborted();
  }

  get isDue(): boolean {
    return this.#writer.placedBlocks >= this.#next;
  }

  async pause(): Promise<void> {
    this.#next = this.#writer.placedBlocks + PACE_BLOCKS;
    this.#tell(Math.min(this.#writer.placedBlocks, this.#totalBlocks));
    await setImmediate();
    this.#options.signal?.throwIfAborted();
  }

  finish(): void {
    this.#tell(this.#totalBlocks);
  }

  #tell(doneBlocks: number): void {
    this.#options.onProgress?.(doneBlocks * BLOCK_BYTES, this.#totalBlocks * BLOCK_BYTES);
  }
}

type WrittenFiles = Pick<Disk, 'placements' | 'freed'>;

async function writeFiles({ inodes, placements }: Layout, writer: BlockWriter, pace: Pace): Promise<WrittenFiles> {
  const written = [...placements.inodes];
  const freed: Run[] = [];
  const holes: Run[] = [];
  for (let i = 0; i < inodes.length; i++) {
    const inode = inodes[i] as Inode;
    if (inode.node.kind !== 'file') continue;
    const placement = placements.inodes[i] as Placement;
    const data = { inode, content: inode.node.content, holes };
    for (const run of placement.runs) {
      for (let done = 0; done < run.length; ) {
        done += writePiece(data, { run, done }, writer);
        if (pace.isDue) await pace.pause();
      }
    }
    if (holes.length === 0) continue;
    const found = withoutHoles(placement, holes);
    written[i] = found.placement;
    for (const run of found.freed) freed.push(run);
    holes.length = 0;
  }
  freed.sort((left, right) => left.start - right.start);
  return { placements: written, freed };
}

interface Shrunk {
  readonly placement: Placement;
  readonly freed: readonly Run[];
}

/** `placement` without the blocks of `holes`. A tree that grows by them takes its blocks from them. */
function withoutHoles(placement: Placement, holes: readonly Run[]): Shrunk {
  const runs = subtractHoles(placement.runs, holes);
  const treeBlocks = extentBlocks(runs.length);
  const tree = placement.tree.slice(0, treeBlocks);
  const freed: Run[] = placement.tree.slice(treeBlocks).map((start) => ({ logical: 0, start, length: 1 }));
  for (const hole of holes) {
    const take = Math.min(hole.length, treeBlocks - tree.length);
    for (let i = 0; i < take; i++) tree.push(hole.start + i);
    if (take < hole.length) freed.push({ ...hole, start: hole.start + take, length: hole.length - take });
  }
  return { placement: { ...placement, runs, tree }, freed };
}

function writeSuperblocks({ layout, writer }: Disk, table: GroupTable): void {
  for (const group of backupGroups(layout.geometry.groups)) {
    writer.writeAt(groupStart(group), encodeSuperblock(layout, table, group));
    writer.writeAt(groupStart(group) + 1, table.descriptors);
  }
  writer.writeAt(1, table.descriptors);
  // Last, so that a disk which was not written to its end is not taken for one.
  writer.flush();
  writer.placeZeroed(0).set(encodeSuperblock(layout, table, 0), SUPERBLOCK_OFFSET);
}

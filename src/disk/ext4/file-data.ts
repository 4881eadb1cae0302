import type { Content } from '../../tree/index.ts';
import type { BlockWriter } from './block-writer.ts';
import { refuse } from './errors.ts';
import { BLOCK_BYTES } from './format.ts';
import { type Inode, inodePath, type Run } from './inode.ts';

/**
 * Zeros are looked for in steps of 64 KiB from the start of each run: finer holes would cut files into pieces that are
 * slower to read than zeros are.
 */
const STEP_BLOCKS = 16;
const ZEROS: Buffer = Buffer.alloc(STEP_BLOCKS * BLOCK_BYTES);

/** One file on its way to the disk. */
export interface FileData {
  readonly inode: Inode;
  readonly content: Content;
  /** Where zeros were found, and so nothing was written: ascending. */
  readonly holes: Run[];
}

/**
 * Writes the next piece of `run`, from its block `done` on; returns how many blocks it has. Steps are counted from the
 * start of the run, and a piece has whole ones, so that the holes do not depend on how pieces are cut.
 */
export function writePiece(data: FileData, piece: { readonly run: Run; done: number }, writer: BlockWriter): number {
  const { run, done } = piece;
  const into = writer.place(run.start + done, run.length - done, STEP_BLOCKS);
  readInto(data, into, (run.logical + done) * BLOCK_BYTES);
  const end = done + into.length / BLOCK_BYTES;
  for (let at = done; at < end; at += STEP_BLOCKS) {
    const length = Math.min(STEP_BLOCKS, end - at);
    const offset = (at - done) * BLOCK_BYTES;
    if (!isZero(into, offset, offset + length * BLOCK_BYTES)) continue;
    writer.drop(run.start + at, length);
    addHole(data.holes, { logical: run.logical + at, start: run.start + at, length }, at === 0);
  }
  return end - done;
}

function readInto(data: FileData, into: Buffer, positionBytes: number): void {
  const { content } = data;
  const wanted = Math.min(into.length, content.sizeBytes - positionBytes);
  for (let got = 0; got < wanted; ) {
    const part = got === 0 && wanted === into.length ? into : into.subarray(got, wanted);
    const count = content.read(part, positionBytes + got);
    if (count <= 0) throw shortContent(data, positionBytes + got);
    got += count;
  }
  if (wanted < into.length) into.fill(0, wanted);
}

function isZero(bytes: Buffer, from: number, to: number): boolean {
  // Most data shows in its first bytes that it is not zero.
  if (bytes[from] !== 0 || bytes[from + 1] !== 0) return false;
  return bytes.compare(ZEROS, 0, to - from, from, to) === 0;
}

/** A hole never reaches from one run into the next, so that {@link subtractHoles} finds it in one. */
function addHole(holes: Run[], hole: Run, isFirstOfRun: boolean): void {
  const last = holes.at(-1);
  if (!isFirstOfRun && last !== undefined && last.start + last.length === hole.start) {
    holes[holes.length - 1] = { ...last, length: last.length + hole.length };
  } else {
    holes.push(hole);
  }
}

function shortContent({ inode, content }: FileData, atBytes: number): Error {
  const path = inodePath(inode);
  const { sizeBytes } = content;
  return refuse({
    code: 'ext4-content-short',
    message: `${path}: ends after ${atBytes} bytes, its size was ${sizeBytes}`,
    hint: 'Do not change the files while the disk is written.',
    details: { path, atBytes, sizeBytes },
  });
}

/** `runs` without `holes`, which lie within them; both ascending. */
export function subtractHoles(runs: readonly Run[], holes: readonly Run[]): Run[] {
  const left: Run[] = [];
  let next = 0;
  for (const run of runs) {
    const end = run.start + run.length;
    let at = run.start;
    for (let hole = holes[next]; hole !== undefined && hole.start >= at && hole.start < end; hole = holes[++next]) {
      if (hole.start > at) left.push(cut(run, at, hole.start));
      at = hole.start + hole.length;
    }
    if (at < end) left.push(cut(run, at, end));
  }
  return left;
}

function cut(run: Run, from: number, to: number): Run {
  return { logical: run.logical + (from - run.start), start: from, length: to - from };
}

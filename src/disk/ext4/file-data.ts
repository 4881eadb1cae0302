import type { FileNode } from '../../tree/index.ts';
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

/** The data of one file, on its way to the disk. */
export class FileData {
  readonly #inode: Inode;
  readonly #node: FileNode;
  readonly #writer: BlockWriter;
  readonly #holes: Run[] = [];

  constructor(inode: Inode, node: FileNode, writer: BlockWriter) {
    this.#inode = inode;
    this.#node = node;
    this.#writer = writer;
  }

  /** Where zeros were found, and so nothing was written: ascending. */
  get holes(): readonly Run[] {
    return this.#holes;
  }

  /**
   * Writes the next piece of `run`, from its block `done` on; returns how many blocks it has. Steps are counted from the
   * start of the run, and a piece has whole ones, so that the holes do not depend on how pieces are cut.
   */
  writePiece(run: Run, done: number): number {
    const left = run.length - done;
    const piece = this.#writer.place(run.start + done, left, STEP_BLOCKS);
    this.#read(piece, (run.logical + done) * BLOCK_BYTES);
    this.#dropZeros(piece, run, done);
    return piece.length / BLOCK_BYTES;
  }

  #read(into: Buffer, positionBytes: number): void {
    const { content } = this.#node;
    const wanted = Math.min(into.length, content.sizeBytes - positionBytes);
    let got = 0;
    while (got < wanted) {
      const part = got === 0 && wanted === into.length ? into : into.subarray(got, wanted);
      const count = content.read(part, positionBytes + got);
      if (count <= 0) throw this.#short(positionBytes + got);
      got += count;
    }
    if (wanted < into.length) into.fill(0, wanted);
  }

  #dropZeros(piece: Buffer, run: Run, done: number): void {
    const end = done + piece.length / BLOCK_BYTES;
    for (let at = done; at < end; at += STEP_BLOCKS) {
      const length = Math.min(STEP_BLOCKS, end - at);
      const offset = (at - done) * BLOCK_BYTES;
      if (!isZero(piece, offset, offset + length * BLOCK_BYTES)) continue;
      this.#writer.drop(run.start + at, length);
      this.#addHole({ logical: run.logical + at, start: run.start + at, length }, at === 0);
    }
  }

  /** A hole never reaches from one run into the next, so that {@link subtractHoles} finds it in one. */
  #addHole(hole: Run, isFirst: boolean): void {
    const last = this.#holes.at(-1);
    if (!isFirst && last !== undefined && last.start + last.length === hole.start) {
      this.#holes[this.#holes.length - 1] = { ...last, length: last.length + hole.length };
    } else {
      this.#holes.push(hole);
    }
  }

  #short(atBytes: number): Error {
    const path = inodePath(this.#inode);
    const { sizeBytes } = this.#node.content;
    return refuse({
      code: 'ext4-content-short',
      message: `${path}: ends after ${atBytes} bytes, its size was ${sizeBytes}`,
      hint: 'Do not change the files while the disk is written.',
      details: { path, atBytes, sizeBytes },
    });
  }
}

function isZero(bytes: Buffer, from: number, to: number): boolean {
  // Most data shows in its first bytes that it is not zero.
  if (bytes[from] !== 0 || bytes[from + 1] !== 0 || bytes[to - 1] !== 0) return false;
  return bytes.compare(ZEROS, 0, to - from, from, to) === 0;
}

/** `runs` without `holes`, which lie within them; both ascending. */
export function subtractHoles(runs: readonly Run[], holes: readonly Run[]): Run[] {
  const left: Run[] = [];
  let next = 0;
  for (const run of runs) {
    const end = run.start + run.length;
    let at = run.start;
    for (let hole = holes[next]; hole !== undefined && hole.start < end && hole.start >= at; hole = holes[++next]) {
      if (hole.start > at) left.push(part(run, at, hole.start));
      at = hole.start + hole.length;
    }
    if (at < end) left.push(part(run, at, end));
  }
  return left;
}

function part(run: Run, from: number, to: number): Run {
  return { logical: run.logical + (from - run.start), start: from, length: to - from };
}

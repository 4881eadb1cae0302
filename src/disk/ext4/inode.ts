import { type ByteString, decodeText } from '../../bytes/index.ts';
import type { Content, Extent, Node } from '../../tree/index.ts';
import { BLOCK_BYTES, blocksFor } from './format.ts';
import type { Timestamp } from './timestamp.ts';

/** One name in a directory. */
export interface Entry {
  readonly name: ByteString;
  readonly inode: Inode;
}

/** An inode to be written: a node of the tree with its number, and the names below it if it is a directory. */
export interface Inode {
  readonly number: number;
  readonly node: Node;
  /** When it was modified. */
  readonly time: Timestamp;
  /** The first name it was met under, and the directory that has it; the root has no parent. */
  readonly name: ByteString;
  readonly parent: Inode | undefined;
  /** Names that lead here; for a directory also its own `.` and the `..` of its subdirectories. */
  links: number;
  /** Of a directory: its names in byte order, without `.` and `..`. */
  readonly entries: Entry[] | undefined;
}

/** Consecutive blocks of a file, by their place in the file. */
export interface LogicalRun {
  readonly logical: number;
  readonly length: number;
}

/** Consecutive blocks of a file that are also consecutive on the disk: what an extent records. */
export interface Run extends LogicalRun {
  readonly start: number;
}

/** The path of `inode` for people: from the root, by its first name. */
export function inodePath(inode: Inode): string {
  return namedPath(inode.parent, inode.name);
}

/** The path of `name` in the directory `parent`, for people. */
export function namedPath(parent: Inode | undefined, name: ByteString): string {
  const names = [name];
  for (let at = parent; at?.parent !== undefined; at = at.parent) names.push(at.name);
  return `/${names.reverse().map(decodeText).join('/')}`;
}

/** The longest target that is kept in the inode itself, in place of block numbers. */
const FAST_LINK_BYTES = 59;

/** Whether `node` is a symbolic link whose target needs a block of its own. */
export function isSlowLink(node: Node): boolean {
  return node.kind === 'symlink' && node.target.length > FAST_LINK_BYTES;
}

/** Which blocks of a file hold data, ascending: all, or those that its content's extents touch. */
export function fileRuns({ sizeBytes, extents }: Content): readonly LogicalRun[] {
  if (extents !== undefined) return sparseRuns(sizeBytes, extents);
  return sizeBytes === 0 ? [] : [{ logical: 0, length: blocksFor(sizeBytes) }];
}

/** How many blocks of a file hold data. */
export function fileBlocks({ sizeBytes, extents }: Content): number {
  if (extents === undefined) return blocksFor(sizeBytes);
  return sparseRuns(sizeBytes, extents).reduce((blocks, { length }) => blocks + length, 0);
}

function sparseRuns(sizeBytes: number, extents: readonly Extent[]): LogicalRun[] {
  const runs: LogicalRun[] = [];
  const blocks = blocksFor(sizeBytes);
  let from = 0;
  let to = 0;
  for (const { offsetBytes, lengthBytes } of extents) {
    const first = Math.floor(offsetBytes / BLOCK_BYTES);
    const end = Math.min(blocks, blocksFor(offsetBytes + lengthBytes));
    if (lengthBytes === 0 || end <= to) continue;
    if (first > to) {
      if (from < to) runs.push({ logical: from, length: to - from });
      from = first;
    }
    to = end;
  }
  if (from < to) runs.push({ logical: from, length: to - from });
  return runs;
}

import { type ByteString, decodeText } from '../../bytes/index.ts';
import type { Node } from '../../tree/index.ts';
import { BLOCK_BYTES, blocksFor } from './format.ts';

/** One name in a directory. */
export interface Entry {
  readonly name: ByteString;
  readonly inode: Inode;
}

/** An inode to be written: a node of the tree with its number, and the names below it if it is a directory. */
export interface Inode {
  readonly number: number;
  readonly node: Node;
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
export function* fileRuns(node: Node): Generator<LogicalRun> {
  if (node.kind !== 'file' || node.content.sizeBytes === 0) return;
  const blocks = blocksFor(node.content.sizeBytes);
  if (node.content.extents === undefined) {
    yield { logical: 0, length: blocks };
    return;
  }
  let from = 0;
  let to = 0;
  for (const { offsetBytes, lengthBytes } of node.content.extents) {
    const first = Math.floor(offsetBytes / BLOCK_BYTES);
    const end = Math.min(blocks, blocksFor(offsetBytes + lengthBytes));
    if (lengthBytes === 0 || first >= end) continue;
    if (first > to) {
      if (from < to) yield { logical: from, length: to - from };
      from = first;
    }
    to = end;
  }
  if (from < to) yield { logical: from, length: to - from };
}

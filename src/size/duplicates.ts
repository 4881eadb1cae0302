import { createHash } from 'node:crypto';
import { compareBytes } from '../bytes/index.ts';
import { forEachDataChunk, type TreePath } from '../tree/index.ts';
import type { StoredFile } from './stored-file.ts';

/** Files of one tree that hold the same bytes without being one file. */
export interface DuplicateFiles {
  /** The first name of each copy, in walk order. */
  readonly paths: readonly TreePath[];
  /** Of one copy. */
  readonly sizeBytes: number;
  /** Of all copies but one. */
  readonly extraBytes: number;
}

/** How much of a file is read at a time. */
const READ_BYTES = 256 * 1024;

/**
 * Groups `files` by equal content, those that take the most first. Empty files do not count, hard links are one file.
 * Only files that have a size in common are read; two sparse files are equal if their data lie in the same places.
 *
 * @throws PlinthError `content-short`, and what reading a content throws
 */
export function findDuplicates(files: readonly StoredFile[]): DuplicateFiles[] {
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  const sizes = Map.groupBy(files, (file) => file.node.content.sizeBytes);
  const groups = [...sizes.values()].flatMap((same) => (same.length > 1 ? groupByContent(same, buffer) : []));
  return groups.sort((left, right) => right.extraBytes - left.extraBytes || comparePaths(left, right));
}

function groupByContent(files: readonly StoredFile[], buffer: Buffer): DuplicateFiles[] {
  const filled = files.filter(({ sizeBytes }) => sizeBytes > 0);
  const groups = filled.length > 1 ? Map.groupBy(filled, (file) => digestOfData(file, buffer)) : new Map();
  return [...groups.values()].filter((group) => group.length > 1).map(duplicatesOf);
}

function duplicatesOf(copies: readonly StoredFile[]): DuplicateFiles {
  const sizeBytes = copies[0]?.sizeBytes ?? 0;
  return { paths: copies.map(({ paths }) => paths[0]), sizeBytes, extraBytes: sizeBytes * (copies.length - 1) };
}

function digestOfData({ node }: StoredFile, buffer: Buffer): string {
  const { content } = node;
  const hash = createHash('sha256');
  // Holes are not read: a hostile file may be one of exabytes.
  if (content.extents !== undefined) hash.update(JSON.stringify(content.extents));
  forEachDataChunk(content, buffer, (chunk) => hash.update(chunk));
  return hash.digest('latin1');
}

function comparePaths(left: DuplicateFiles, right: DuplicateFiles): number {
  const [one, other] = [left.paths[0], right.paths[0]];
  return one === undefined || other === undefined ? 0 : compareBytes(one, other);
}

import { compareBytes } from '../bytes/index.ts';
import type { FileNode, Tree, TreePath } from '../tree/index.ts';
import { dataBytes } from './data-bytes.ts';

/** A regular file of a tree, once, however many hard links name it. */
export interface StoredFile {
  readonly node: FileNode;
  /** Its names in walk order; never empty. */
  readonly paths: readonly [TreePath, ...TreePath[]];
  /** Of its data, holes left out. */
  readonly sizeBytes: number;
}

/** The regular files of `tree`, each once, in walk order of their first names. */
export function storedFiles(tree: Tree): StoredFile[] {
  const names = new Map<FileNode, [TreePath, ...TreePath[]]>();
  for (const { path, node } of tree.walk()) {
    if (node.kind !== 'file') continue;
    const known = names.get(node);
    if (known === undefined) names.set(node, [path]);
    else known.push(path);
  }
  return [...names].map(([node, paths]) => ({ node, paths, sizeBytes: dataBytes(node.content) }));
}

/** The `count` largest of `files`, the largest first. */
export function largestFiles(files: readonly StoredFile[], count: number): StoredFile[] {
  return [...files].sort(bySize).slice(0, count);
}

function bySize(left: StoredFile, right: StoredFile): number {
  return right.sizeBytes - left.sizeBytes || compareBytes(left.paths[0], right.paths[0]);
}

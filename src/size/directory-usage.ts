import { compareBytes } from '../bytes/index.ts';
import { type DirectoryNode, joinPath, type Node, ROOT_PATH, type Tree, type TreePath } from '../tree/index.ts';
import { dataBytes } from './data-bytes.ts';

/** What a directory holds, with everything below it. */
export interface DirectoryUsage {
  /** The root's is empty. */
  readonly path: TreePath;
  /** 0 is the root. */
  readonly depth: number;
  /** Of the data of its files. One with several hard links counts where the walk meets it first. */
  readonly sizeBytes: number;
  /** Names of everything but directories. */
  readonly files: number;
}

/**
 * What the directories of `tree` hold, down to `depth` names below the root; each is followed by those below it, the
 * largest first.
 */
export function measureDirectories(tree: Tree, depth: number): DirectoryUsage[] {
  return flatten(measure({ path: ROOT_PATH, depth: 0 }, tree.root, { limit: depth, seen: new Set() }));
}

interface Measured extends DirectoryUsage {
  readonly below: readonly Measured[];
}

interface Measurement {
  readonly limit: number;
  readonly seen: Set<Node>;
}

function measure(
  place: Pick<DirectoryUsage, 'path' | 'depth'>,
  directory: DirectoryNode,
  { limit, seen }: Measurement,
): Measured {
  const below: Measured[] = [];
  let sizeBytes = 0;
  let files = 0;
  for (const [name, node] of [...directory.children].sort(([left], [right]) => compareBytes(left, right))) {
    if (node.kind === 'directory') {
      const child = measure({ path: joinPath(place.path, name), depth: place.depth + 1 }, node, { limit, seen });
      sizeBytes += child.sizeBytes;
      files += child.files;
      if (place.depth < limit) below.push(child);
      continue;
    }
    files += 1;
    if (node.kind !== 'file' || seen.has(node)) continue;
    seen.add(node);
    sizeBytes += dataBytes(node.content);
  }
  below.sort((left, right) => right.sizeBytes - left.sizeBytes || compareBytes(left.path, right.path));
  return { ...place, sizeBytes, files, below };
}

function flatten({ below, ...usage }: Measured): DirectoryUsage[] {
  const rows = [usage];
  for (const child of below) for (const row of flatten(child)) rows.push(row);
  return rows;
}

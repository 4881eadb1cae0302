import type { ByteString } from '../bytes/index.ts';
import type { IgnoreMatcher } from '../dockerfile/index.ts';
import { type DirectoryNode, type Node, Tree } from '../tree/index.ts';

/** `tree` without what `filter` leaves out; a directory stays for what is in again below it. */
export function filterTree(tree: Tree, filter: IgnoreMatcher): Tree {
  return new Tree(filterDirectory('', tree.root, filter));
}

function filterDirectory(path: string, directory: DirectoryNode, filter: IgnoreMatcher): DirectoryNode {
  const children = new Map<ByteString, Node>();
  for (const [name, node] of directory.children) {
    const childPath = (path === '' ? name : `${path}/${name}`) as ByteString;
    const isIgnored = filter.ignores(childPath);
    if (isIgnored && (node.kind !== 'directory' || !filter.mayContainIncluded(childPath))) continue;
    const kept = node.kind === 'directory' ? filterDirectory(childPath, node, filter) : node;
    if (isIgnored && kept.kind === 'directory' && kept.children.size === 0) continue;
    children.set(name, kept);
  }
  return { ...directory, children };
}

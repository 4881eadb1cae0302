import { type ByteString, compareBytes } from '../bytes/index.ts';
import { type DirectoryNode, joinPath, type Node, ROOT_PATH, type Tree, type TreePath } from '../tree/index.ts';

/** A node that is no directory. */
export type Leaf = Exclude<Node, DirectoryNode>;

/** What happened to a path between two trees: at least one of both is there. */
export interface Change {
  readonly path: TreePath;
  readonly before: Leaf | undefined;
  readonly after: Leaf | undefined;
}

/**
 * Tells `visit` of every path whose node, directories aside, is not the same object in both trees, in walk order.
 *
 * A node that a layer writes again is a change, also if it is equal: the layer holds its bytes once more. Costs what
 * differs, since trees share the nodes of directories that no layer touched.
 */
export function forEachChange(before: Tree, after: Tree, visit: (change: Change) => void): void {
  visitDirectories(ROOT_PATH, { before: before.root, after: after.root }, visit);
}

interface DirectoryPair {
  readonly before: DirectoryNode | undefined;
  readonly after: DirectoryNode | undefined;
}

function visitDirectories(path: TreePath, pair: DirectoryPair, visit: (change: Change) => void): void {
  if (pair.before === pair.after) return;
  for (const name of namesOf(pair)) {
    const [before, after] = [pair.before?.children.get(name), pair.after?.children.get(name)];
    if (before === after) continue;
    const child = joinPath(path, name);
    const leaves = { before: asLeaf(before), after: asLeaf(after) };
    if (leaves.before !== undefined || leaves.after !== undefined) visit({ path: child, ...leaves });
    visitDirectories(child, { before: asDirectory(before), after: asDirectory(after) }, visit);
  }
}

function namesOf({ before, after }: DirectoryPair): ByteString[] {
  const names = new Set([...(before?.children.keys() ?? []), ...(after?.children.keys() ?? [])]);
  return [...names].sort(compareBytes);
}

function asLeaf(node: Node | undefined): Leaf | undefined {
  return node?.kind === 'directory' ? undefined : node;
}

function asDirectory(node: Node | undefined): DirectoryNode | undefined {
  return node?.kind === 'directory' ? node : undefined;
}

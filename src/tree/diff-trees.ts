import { type ByteString, compareBytes } from '../bytes/index.ts';
import type { LayerEntry } from './layer-entry.ts';
import { LinkGroups } from './link-groups.ts';
import { attributesOf, type DirectoryNode, equalAttributes, NO_CHILDREN, type Node } from './node.ts';
import { joinPath, parentPath, ROOT_PATH, type TreePath } from './path.ts';
import { sortedChildren, Tree } from './tree.ts';

/**
 * The smallest layer that takes `lower` to `upper`: once written and read, `applyLayer(lower, layer)` equals `upper`. The
 * entries hold nodes of `upper` itself; applied as they are, one that stands elsewhere in `lower` would be a link to that.
 *
 * Parents come before children and siblings in byte order; a directory's whiteouts come before its other entries. The
 * directories above a change are entries too, since engines that unpack each layer on its own take their attributes from
 * there. If any name of a file with several must be written, all are: the first as the file, the others as hard links
 * to it, so that no link leads out of the layer. Removals are explicit whiteouts, as layer.md recommends.
 *
 * Subtrees that are the same object in both are not entered, except to look for names of linked files.
 */
export function diffTrees(lower: Tree, upper: Tree): LayerEntry[] {
  return [...changesBetween(lower, upper)];
}

/**
 * The entries of {@link diffTrees}, each made when it is come to and the same each time they are gone through: of a layer
 * of many files they take more memory than the tree. The trees must stay as they are.
 */
export function changesBetween(lower: Tree, upper: Tree): Iterable<LayerEntry> {
  return new TreeDiff(lower, upper);
}

/** A whole tree as one layer upon nothing; the root is an entry if it is not a plain root (0755, root's, time zero). */
export function treeLayer(tree: Tree): LayerEntry[] {
  return diffTrees(new Tree(), tree);
}

class TreeDiff implements Iterable<LayerEntry> {
  readonly #upper: DirectoryNode;
  readonly #links = new LinkGroups((directory) => this.#touch(directory));
  /** The names removed from each directory. */
  readonly #removed = new Map<TreePath, ByteString[]>();
  readonly #changedDirectories = new Set<TreePath>();
  /** The directories with a change in them at any depth, and so with an entry. */
  readonly #touched = new Set<TreePath>();

  constructor({ root: lower }: Tree, { root: upper }: Tree) {
    this.#upper = upper;
    if (!equalAttributes(lower, upper)) this.#changedDirectories.add(ROOT_PATH);
    this.#compareChildren(ROOT_PATH, lower, upper);
    this.#links.settle();
  }

  *[Symbol.iterator](): Generator<LayerEntry> {
    if (this.#changedDirectories.has(ROOT_PATH)) yield directoryEntry(ROOT_PATH, this.#upper);
    if (!this.#touched.has(ROOT_PATH)) return;
    // An explicit stack: nested generators would cost their depth for every entry.
    const stack: OpenDirectory[] = [];
    let open: OpenDirectory | undefined = openDirectory(ROOT_PATH, this.#upper);
    yield* this.#whiteouts(ROOT_PATH);
    while (open !== undefined) {
      const child: readonly [ByteString, Node] | undefined = open.children[open.next++];
      if (child === undefined) {
        open = stack.pop();
        continue;
      }
      const path = joinPath(open.path, child[0]);
      const node = child[1];
      if (node.kind !== 'directory') {
        if (this.#links.isChanged(node)) yield this.#nameEntry(path, node);
        continue;
      }
      const isTouched = this.#touched.has(path);
      if (isTouched || this.#changedDirectories.has(path)) yield directoryEntry(path, node);
      if (!isTouched) continue;
      stack.push(open);
      open = openDirectory(path, node);
      yield* this.#whiteouts(path);
    }
  }

  *#whiteouts(path: TreePath): Generator<LayerEntry> {
    for (const name of this.#removed.get(path) ?? []) yield { kind: 'whiteout', path: joinPath(path, name) };
  }

  /** The first name of a node is written as the node, the others as hard links to that. */
  #nameEntry(path: TreePath, node: Node): LayerEntry {
    const target = this.#links.firstName(node, path);
    return target === path ? { kind: 'node', path, node } : { kind: 'hardlink', path, target };
  }

  #compareChildren(path: TreePath, lower: DirectoryNode | undefined, upper: DirectoryNode): void {
    for (const [name, node] of upper.children) {
      const old = lower?.children.get(name);
      if (node.kind === 'directory') this.#compareDirectory(joinPath(path, name), old, node);
      else this.#links.addName(path, old, node);
    }
    if (lower === undefined) return;
    const removed = [...lower.children.keys()].filter((name) => !upper.children.has(name));
    if (removed.length === 0) return;
    this.#removed.set(path, removed.sort(compareBytes));
    this.#touch(path);
  }

  #compareDirectory(path: TreePath, old: Node | undefined, node: DirectoryNode): void {
    if (old === node) {
      this.#links.addShared(path, node);
      return;
    }
    const oldDirectory = old?.kind === 'directory' ? old : undefined;
    if (oldDirectory === undefined || !equalAttributes(oldDirectory, node)) {
      this.#changedDirectories.add(path);
      this.#touch(parentPath(path));
    }
    this.#compareChildren(path, oldDirectory, node);
  }

  #touch(directory: TreePath): void {
    for (let path = directory; !this.#touched.has(path); path = parentPath(path)) this.#touched.add(path);
  }
}

/** A directory whose children are being gone through. */
interface OpenDirectory {
  readonly path: TreePath;
  readonly children: readonly (readonly [ByteString, Node])[];
  next: number;
}

function openDirectory(path: TreePath, directory: DirectoryNode): OpenDirectory {
  return { path, children: sortedChildren(directory), next: 0 };
}

function directoryEntry(path: TreePath, node: DirectoryNode): LayerEntry {
  return { kind: 'node', path, node: { kind: 'directory', ...attributesOf(node), children: NO_CHILDREN } };
}

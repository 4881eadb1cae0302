import { type ByteString, compareBytes } from '../bytes/index.ts';
import type { LayerEntry } from './layer-entry.ts';
import { changedLinkGroups, type LinkGroup, type SharedDirectory } from './link-groups.ts';
import { type DirectoryNode, equalAttributes, equalNodes, NO_CHILDREN, type Node } from './node.ts';
import { joinPath, parentPath, ROOT_PATH, type TreePath } from './path.ts';
import { sortedChildren, Tree } from './tree.ts';

/**
 * The smallest layer that takes `lower` to `upper`: `applyLayer(lower, diffTrees(lower, upper))` equals `upper`.
 *
 * Parents come before children and siblings in byte order; a directory's whiteouts come before its other entries. The
 * directories above a change are entries too, since engines that unpack each layer on its own take their attributes from
 * there. If any name of a file with several must be written, all are: the first as the file, the others as hard links
 * to it, so that no link leads out of the layer. Removals are explicit whiteouts, as layer.md recommends.
 *
 * Subtrees that are the same object in both are not entered, except to look for names of linked files.
 */
export function diffTrees(lower: Tree, upper: Tree): LayerEntry[] {
  const diff = new TreeDiff();
  diff.compare(lower.root, upper.root);
  return diff.entries(upper);
}

/** A whole tree as one layer upon nothing; the root is an entry if it is not a plain root (0755, root's, time zero). */
export function treeLayer(tree: Tree): LayerEntry[] {
  return diffTrees(new Tree(), tree);
}

class TreeDiff {
  readonly #groups = new Map<Node, LinkGroup>();
  readonly #shared: SharedDirectory[] = [];
  /** The names removed from each directory. */
  readonly #removed = new Map<TreePath, ByteString[]>();
  readonly #changedDirectories = new Set<TreePath>();
  /** The directories with a change in them at any depth, and so with an entry. */
  readonly #touched = new Set<TreePath>();

  compare(lower: DirectoryNode, upper: DirectoryNode): void {
    if (!equalAttributes(lower, upper)) this.#changedDirectories.add(ROOT_PATH);
    this.#compareChildren(ROOT_PATH, lower, upper);
    for (const group of changedLinkGroups(this.#groups, this.#shared)) {
      for (const directory of group.directories) this.#touch(directory);
    }
  }

  entries(upper: Tree): LayerEntry[] {
    const entries: LayerEntry[] = [];
    if (this.#changedDirectories.has(ROOT_PATH)) entries.push(directoryEntry(ROOT_PATH, upper.root));
    if (this.#touched.has(ROOT_PATH)) this.#collect(ROOT_PATH, upper.root, entries);
    return entries;
  }

  #compareChildren(path: TreePath, lower: DirectoryNode | undefined, upper: DirectoryNode): void {
    for (const [name, node] of upper.children) {
      const old = lower?.children.get(name);
      if (node.kind === 'directory') this.#compareDirectory(joinPath(path, name), old, node);
      else this.#addName(path, old, node);
    }
    if (lower === undefined) return;
    const removed = [...lower.children.keys()].filter((name) => !upper.children.has(name));
    if (removed.length === 0) return;
    this.#removed.set(path, removed.sort(compareBytes));
    this.#touch(path);
  }

  #compareDirectory(path: TreePath, old: Node | undefined, node: DirectoryNode): void {
    if (old === node) {
      this.#shared.push({ path, directory: node });
      return;
    }
    const oldDirectory = old?.kind === 'directory' ? old : undefined;
    if (oldDirectory === undefined || !equalAttributes(oldDirectory, node)) {
      this.#changedDirectories.add(path);
      this.#touch(parentPath(path));
    }
    this.#compareChildren(path, oldDirectory, node);
  }

  #addName(directory: TreePath, old: Node | undefined, node: Node): void {
    const group = this.#groups.get(node);
    if (group === undefined) {
      const lower = old !== undefined && equalNodes(old, node) ? old : undefined;
      this.#groups.set(node, { node, directories: [directory], lower, target: undefined });
      return;
    }
    group.directories.push(directory);
    if (old !== group.lower) group.lower = undefined;
  }

  #touch(directory: TreePath): void {
    for (let path = directory; !this.#touched.has(path); path = parentPath(path)) this.#touched.add(path);
  }

  #collect(path: TreePath, directory: DirectoryNode, entries: LayerEntry[]): void {
    for (const name of this.#removed.get(path) ?? []) entries.push({ kind: 'whiteout', path: joinPath(path, name) });
    for (const [name, node] of sortedChildren(directory)) {
      const childPath = joinPath(path, name);
      if (node.kind === 'directory') {
        const isTouched = this.#touched.has(childPath);
        if (isTouched || this.#changedDirectories.has(childPath)) entries.push(directoryEntry(childPath, node));
        if (isTouched) this.#collect(childPath, node, entries);
        continue;
      }
      const group = this.#groups.get(node);
      if (group !== undefined && group.lower === undefined) entries.push(nameEntry(childPath, group));
    }
  }
}

/** The first name of a node is written as the node, the others as hard links to that. */
function nameEntry(path: TreePath, group: LinkGroup): LayerEntry {
  if (group.target !== undefined) return { kind: 'hardlink', path, target: group.target };
  group.target = path;
  return { kind: 'node', path, node: group.node };
}

function directoryEntry(path: TreePath, node: DirectoryNode): LayerEntry {
  return { kind: 'node', path, node: node.children.size === 0 ? node : { ...node, children: NO_CHILDREN } };
}

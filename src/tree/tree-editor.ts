import type { ByteString } from '../bytes/index.ts';
import { type Attributes, attributesOf, type DirectoryNode, equalAttributes, NO_XATTRS, type Node } from './node.ts';
import { baseName, parentPath, pathNames, ROOT_PATH, type TreePath } from './path.ts';
import { Tree } from './tree.ts';

interface OwnDirectory extends DirectoryNode {
  readonly children: Map<ByteString, Node>;
}

/** Attributes of a directory that is made because something below it is. */
export const DEFAULT_DIRECTORY: Attributes = { mode: 0o755, uid: 0, gid: 0, mtimeNs: 0n, xattrs: NO_XATTRS };

/**
 * Makes a changed copy of a tree. Only the directories on the way to a change are copied, once each; all else is shared
 * with the base, so the nodes that did not change are the same objects in both.
 */
export class TreeEditor {
  #root: OwnDirectory;
  /** The directories that no finished tree shares, so that they may be changed in place. */
  #own = new WeakSet<DirectoryNode>();
  #lastPath: TreePath | undefined;
  #lastDirectory: OwnDirectory | undefined;

  constructor(base: Tree = new Tree()) {
    this.#root = this.#copy(base.root);
  }

  /** The node at `path` now, following no link. */
  lookup(path: TreePath): Node | undefined {
    return this.tree().lookup(path);
  }

  /** The tree as it is now: a view that later edits change, to be asked at once. */
  tree(): Tree {
    return new Tree(this.#root);
  }

  /**
   * Puts `node` at `path`, replacing what was there. A directory put over a directory replaces its attributes and keeps
   * the children, as an archive's entry for an existing directory does; give it through {@link remove} first for an
   * empty one. Missing parents are made; a parent that is not a directory is replaced by one.
   */
  put(path: TreePath, node: Node): void {
    if (path === ROOT_PATH) {
      if (node.kind === 'directory') this.#root = this.#adopt(node, this.#root);
      this.#forget();
      return;
    }
    if (node.kind === 'directory' && this.#hasDirectory(path, node)) return;
    const { children } = this.#directory(parentPath(path));
    const name = baseName(path);
    if (node.kind !== 'directory') {
      children.set(name, node);
      return;
    }
    const old = children.get(name);
    children.set(name, this.#adopt(node, old?.kind === 'directory' ? old : undefined));
  }

  /** Layers repeat the directories above a change: leaving those shared with the base keeps comparisons cheap. */
  #hasDirectory(path: TreePath, node: DirectoryNode): boolean {
    if (node.children.size > 0) return false;
    const old = this.lookup(path);
    return old?.kind === 'directory' && equalAttributes(old, node);
  }

  /** Removes what is at `path`, with all below it. Returns whether there was anything. The root is only emptied. */
  remove(path: TreePath): boolean {
    if (path === ROOT_PATH) {
      this.#forget();
      const had = this.#root.children.size > 0;
      this.#root.children.clear();
      return had;
    }
    if (this.lookup(path) === undefined) return false;
    return this.#directory(parentPath(path)).children.delete(baseName(path));
  }

  /** Removes everything below the directory at `path`, keeping the directory. Does nothing if it is none. */
  clear(path: TreePath): void {
    if (this.lookup(path)?.kind === 'directory') this.#directory(path).children.clear();
  }

  /** Makes the directory at `path` and its parents where they are missing. What is there stays as it is. */
  makeDirectory(path: TreePath, attributes: Attributes = DEFAULT_DIRECTORY): void {
    this.#directory(path, attributes);
  }

  /** The changed tree. The editor may go on; the tree given stays as it is. */
  finish(): Tree {
    const tree = new Tree(this.#root);
    this.#own = new WeakSet();
    this.#root = this.#copy(tree.root);
    this.#forget();
    return tree;
  }

  #forget(): void {
    this.#lastPath = undefined;
    this.#lastDirectory = undefined;
  }

  #copy(directory: DirectoryNode): OwnDirectory {
    const own: OwnDirectory = {
      kind: 'directory',
      ...attributesOf(directory),
      children: new Map(directory.children),
    };
    this.#own.add(own);
    return own;
  }

  #adopt(node: DirectoryNode, old: DirectoryNode | undefined): OwnDirectory {
    const children = old === undefined ? new Map(node.children) : this.#ownChildren(old);
    if (old !== undefined) for (const [name, child] of node.children) children.set(name, child);
    const own: OwnDirectory = { kind: 'directory', ...attributesOf(node), children };
    this.#own.add(own);
    return own;
  }

  #ownChildren(directory: DirectoryNode): Map<ByteString, Node> {
    return this.#own.has(directory) ? (directory as OwnDirectory).children : new Map(directory.children);
  }

  #directory(path: TreePath, attributes: Attributes = DEFAULT_DIRECTORY): OwnDirectory {
    if (path === this.#lastPath && this.#lastDirectory !== undefined) return this.#lastDirectory;
    let directory = this.#root;
    for (const name of pathNames(path)) {
      const child = directory.children.get(name);
      directory =
        child?.kind === 'directory'
          ? this.#ownChild(directory, name, child)
          : this.#newChild(directory, name, attributes);
    }
    this.#lastPath = path;
    this.#lastDirectory = directory;
    return directory;
  }

  #ownChild(parent: OwnDirectory, name: ByteString, child: DirectoryNode): OwnDirectory {
    if (this.#own.has(child)) return child as OwnDirectory;
    const own = this.#copy(child);
    parent.children.set(name, own);
    return own;
  }

  #newChild(parent: OwnDirectory, name: ByteString, attributes: Attributes): OwnDirectory {
    const made: OwnDirectory = { kind: 'directory', ...attributes, children: new Map() };
    this.#own.add(made);
    parent.children.set(name, made);
    return made;
  }
}

import { type ByteString, compareBytes } from '../bytes/index.ts';
import { type DirectoryNode, NO_XATTRS, type Node } from './node.ts';
import { joinPath, pathNames, ROOT_PATH, type TreePath, treePath } from './path.ts';

/** The most symbolic links followed for one path, as in the kernel (path_resolution(7)). */
export const LINK_LIMIT = 40;

/** Where a path led to. */
export interface Resolved {
  /** With every link replaced by what it names. */
  readonly path: TreePath;
  readonly node: Node;
}

/** An empty root directory: mode 0755, owned by root, time zero. */
export const EMPTY_ROOT: DirectoryNode = {
  kind: 'directory',
  mode: 0o755,
  uid: 0,
  gid: 0,
  mtimeNs: 0n,
  xattrs: NO_XATTRS,
  children: new Map(),
};

/** A root file system: an immutable tree of nodes. Change it with a `TreeEditor`. */
export class Tree {
  readonly root: DirectoryNode;

  constructor(root: DirectoryNode = EMPTY_ROOT) {
    this.root = root;
  }

  /** The node at `path`, following no link. */
  lookup(path: TreePath): Node | undefined {
    let node: Node = this.root;
    for (const name of pathNames(path)) {
      if (node.kind !== 'directory') return undefined;
      const child: Node | undefined = node.children.get(name);
      if (child === undefined) return undefined;
      node = child;
    }
    return node;
  }

  /**
   * The node that `path` leads to from the root, following links as a process whose root is this tree would: absolute
   * targets start at the tree's root and `..` stops there, so nothing outside is ever reached. Undefined if there is
   * none, or after 40 links. With `followLast: false` a link at the end is returned itself.
   */
  resolve(path: ByteString, { followLast = true }: { readonly followLast?: boolean } = {}): Resolved | undefined {
    const names = pathParts(path);
    const above: { readonly path: TreePath; readonly node: Node }[] = [];
    let here: Resolved = { path: ROOT_PATH, node: this.root };
    let linksLeft = LINK_LIMIT;
    while (names.length > 0) {
      const name = names.pop() as ByteString;
      if (here.node.kind !== 'directory') return undefined;
      if (name === '..') {
        here = above.pop() ?? here;
        continue;
      }
      const child = here.node.children.get(name);
      if (child === undefined) return undefined;
      if (child.kind === 'symlink' && (followLast || names.length > 0)) {
        if (linksLeft-- === 0) return undefined;
        if (child.target.startsWith('/')) {
          above.length = 0;
          here = { path: ROOT_PATH, node: this.root };
        }
        names.push(...pathParts(child.target));
        continue;
      }
      above.push(here);
      here = { path: joinPath(here.path, name), node: child };
    }
    return here;
  }

  /**
   * Every node but the root with its path, parents before children, siblings in byte order. Not a path order: `a/b`
   * comes before `a.txt`.
   */
  *walk(from: TreePath = ROOT_PATH): Generator<Resolved> {
    const start = this.lookup(from);
    if (start?.kind === 'directory') yield* walkDirectory(from, start);
  }
}

/** The children of `directory` in byte order of their names. */
export function sortedChildren(directory: DirectoryNode): [ByteString, Node][] {
  return [...directory.children].sort(([left], [right]) => compareBytes(left, right));
}

function* walkDirectory(path: TreePath, directory: DirectoryNode): Generator<Resolved> {
  // An explicit stack: a deep tree must not exhaust ours, and nested generators cost their depth for every node.
  const stack = [{ path, children: sortedChildren(directory), next: 0 }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const entry = top.children[top.next++];
    if (entry === undefined) {
      stack.pop();
      continue;
    }
    const [name, node] = entry;
    const child: Resolved = { path: joinPath(top.path, name), node };
    yield child;
    if (node.kind === 'directory') stack.push({ path: child.path, children: sortedChildren(node), next: 0 });
  }
}

/** The names of a path that may hold `..`, last first, for use as a stack. */
function pathParts(path: ByteString): ByteString[] {
  return (path.split('/') as ByteString[]).filter((name) => name !== '' && name !== '.').reverse();
}

/** `text`, given by a user, as a tree path; see {@link treePath}. Throws a RangeError if it cannot be one. */
export function mustTreePath(text: ByteString): TreePath {
  const path = treePath(text);
  if (path === undefined) throw new RangeError(`not a path: ${JSON.stringify(text.slice(0, 100))}`);
  return path;
}

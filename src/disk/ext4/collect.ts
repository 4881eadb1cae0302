import type { ByteString } from '../../bytes/index.ts';
import { type DirectoryNode, NAME_LIMIT_BYTES, NO_XATTRS, type Node, type Tree } from '../../tree/index.ts';
import { refuse } from './errors.ts';
import { LOST_FOUND_INODE, MAX_LINKS, ROOT_INODE } from './format.ts';
import { type Inode, inodePath, namedPath } from './inode.ts';
import { checkNode } from './node-check.ts';
import { splitTime } from './timestamp.ts';

const LOST_FOUND = 'lost+found' as ByteString;

interface Walk {
  /** By number: the root, lost+found, then all others in depth-first order of their names' bytes. */
  readonly inodes: Inode[];
  /** The inodes of what is not a directory, to recognise hard links. */
  readonly known: Map<Node, Inode>;
  /** Directories whose names are still to be visited, the deepest last. */
  readonly open: { readonly inode: Inode; readonly names: readonly ByteString[]; next: number }[];
}

/**
 * The inodes that `tree` becomes, by number, with their directory entries and link counts. A lost+found is added
 * where the tree has none.
 *
 * @throws PlinthError for whatever ext4 cannot hold, naming the path
 */
export function collectInodes(tree: Tree): Inode[] {
  const walk: Walk = { inodes: [], known: new Map(), open: [] };
  const root = addInode(walk, tree.root, ['' as ByteString, undefined]);
  root.links = 2;
  addLostFound(walk, root);
  openDirectory(walk, root);
  for (let top = walk.open.at(-1); top !== undefined; top = walk.open.at(-1)) {
    const name = top.names[top.next++];
    if (name === undefined) {
      walk.open.pop();
      continue;
    }
    visit(walk, top.inode, name);
  }
  return walk.inodes;
}

/** The highest inode number in use. */
export function lastInodeNumber(inodes: readonly Inode[]): number {
  return LOST_FOUND_INODE + inodes.length - 2;
}

function addInode(walk: Walk, node: Node, [name, parent]: [ByteString, Inode | undefined]): Inode {
  const number = parent === undefined ? ROOT_INODE : LOST_FOUND_INODE + walk.inodes.length - 1;
  const entries = node.kind === 'directory' ? [] : undefined;
  const inode: Inode = { number, node, time: splitTime(node.mtimeNs), name, parent, links: 0, entries };
  checkNode(inode);
  walk.inodes.push(inode);
  return inode;
}

/** Gives lost+found its number; its name is put among its siblings when the walk comes to it. */
function addLostFound(walk: Walk, root: Inode): void {
  const given = (root.node as DirectoryNode).children.get(LOST_FOUND);
  if (given !== undefined && given.kind !== 'directory') {
    throw refuse({
      code: 'ext4-lost-found',
      message: `/lost+found: a ${given.kind}, but e2fsck needs a directory there`,
      hint: 'Remove or rename it in the tree.',
    });
  }
  const made: DirectoryNode = {
    kind: 'directory',
    mode: 0o700,
    uid: 0,
    gid: 0,
    mtimeNs: root.node.mtimeNs,
    xattrs: NO_XATTRS,
    children: new Map(),
  };
  addInode(walk, given ?? made, [LOST_FOUND, root]);
}

function openDirectory(walk: Walk, inode: Inode): void {
  const { children } = inode.node as DirectoryNode;
  const sorted = [...children.keys()];
  if (inode.parent === undefined && !children.has(LOST_FOUND)) sorted.push(LOST_FOUND);
  // The default order is by UTF-16 code unit, which for byte strings is byte order.
  if (!isSorted(sorted)) sorted.sort();
  walk.open.push({ inode, names: sorted, next: 0 });
}

function isSorted(names: readonly ByteString[]): boolean {
  for (let i = 1; i < names.length; i++) {
    if ((names[i - 1] as ByteString) > (names[i] as ByteString)) return false;
  }
  return true;
}

function visit(walk: Walk, parent: Inode, name: ByteString): void {
  checkName(parent, name);
  const inode = inodeOf(walk, parent, name);
  parent.entries?.push({ name, inode });
  if (inode.entries === undefined) {
    inode.links++;
    if (inode.links > MAX_LINKS) throw tooManyLinks(inode);
    return;
  }
  inode.links += 2;
  parent.links++;
  openDirectory(walk, inode);
}

function inodeOf(walk: Walk, parent: Inode, name: ByteString): Inode {
  if (name === LOST_FOUND && parent.parent === undefined) return walk.inodes[1] as Inode;
  const node = (parent.node as DirectoryNode).children.get(name) as Node;
  // A directory may be shared by two places of a tree that was put together from others; it is two inodes then.
  if (node.kind === 'directory') return addInode(walk, node, [name, parent]);
  const known = walk.known.get(node);
  if (known !== undefined) return known;
  const inode = addInode(walk, node, [name, parent]);
  walk.known.set(node, inode);
  return inode;
}

function checkName(parent: Inode, name: ByteString): void {
  if (name.length <= NAME_LIMIT_BYTES) return;
  throw refuse({
    code: 'ext4-name-too-long',
    message: `${namedPath(parent, name)}: a name of ${name.length} bytes, at most ${NAME_LIMIT_BYTES} are possible`,
    hint: 'Shorten the name.',
    details: { lengthBytes: name.length },
  });
}

function tooManyLinks(inode: Inode): Error {
  return refuse({
    code: 'ext4-too-many-links',
    message: `${inodePath(inode)}: more than ${MAX_LINKS} hard links`,
    hint: 'Copy the file for some of its names.',
  });
}

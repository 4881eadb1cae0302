import { encodeText } from '../bytes/index.ts';
import {
  type Attributes,
  baseName,
  DEFAULT_DIRECTORY,
  type DirectoryNode,
  EMPTY_CONTENT,
  joinPath,
  type LayerEntry,
  NO_XATTRS,
  type Node,
  parentPath,
  type Tree,
  type TreePath,
} from '../tree/index.ts';

/** Where the runtime mounts something in every container, and what must stand there for it. */
const MOUNT_POINTS = [
  { path: '/proc', kind: 'directory' },
  { path: '/sys', kind: 'directory' },
  { path: '/dev', kind: 'directory' },
  { path: '/etc/hosts', kind: 'file' },
  { path: '/etc/hostname', kind: 'file' },
  { path: '/etc/resolv.conf', kind: 'file' },
] as const;

const EMPTY_FILE: Node = {
  kind: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtimeNs: 0n,
  xattrs: NO_XATTRS,
  content: EMPTY_CONTENT,
};

/**
 * The mount points that `tree` lacks, as a layer between the image's and the container's own, so that making them never
 * shows as a change of the container. Directories that the image has are repeated with its attributes, because in an
 * overlay the topmost directory's attributes count. Empty if nothing is missing.
 */
export function mountPointLayer(tree: Tree): LayerEntry[] {
  const made = new Map<TreePath, Node>();
  for (const { path, kind } of MOUNT_POINTS) addMountPoint(tree, path, kind, made);
  return [...made]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([path, node]) => ({ kind: 'node', path, node }));
}

function addMountPoint(tree: Tree, text: string, kind: 'directory' | 'file', made: Map<TreePath, Node>): void {
  if (tree.resolve(encodeText(text), { followLast: false }) !== undefined) return;
  const path = placeOf(tree, encodeText(text.slice(1)) as TreePath);
  if (path === undefined) return;
  for (let above = parentPath(path); ; above = parentPath(above)) {
    if (!made.has(above)) made.set(above, directoryLike(tree, above));
    if (above === '') break;
  }
  if (kind === 'file') made.set(path, { ...EMPTY_FILE });
  else made.set(path, emptyDirectory(DEFAULT_DIRECTORY));
}

/** `path` with the links on the way to it resolved; undefined if something that is no directory is in the way. */
function placeOf(tree: Tree, path: TreePath): TreePath | undefined {
  const parent = parentPath(path);
  const found = tree.resolve(parent);
  if (found !== undefined) return found.node.kind === 'directory' ? joinPath(found.path, baseName(path)) : undefined;
  if (tree.resolve(parent, { followLast: false }) !== undefined) return undefined;
  const place = placeOf(tree, parent);
  return place === undefined ? undefined : joinPath(place, baseName(path));
}

function directoryLike(tree: Tree, path: TreePath): DirectoryNode {
  const node = tree.lookup(path);
  return emptyDirectory(node?.kind === 'directory' ? node : DEFAULT_DIRECTORY);
}

function emptyDirectory({ mode, uid, gid, mtimeNs, xattrs }: Attributes): DirectoryNode {
  return { kind: 'directory', mode, uid, gid, mtimeNs, xattrs, children: new Map() };
}

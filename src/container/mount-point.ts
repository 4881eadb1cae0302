import { type ByteString, encodeText } from '../bytes/index.ts';
import {
  type Attributes,
  DEFAULT_DIRECTORY,
  type DirectoryNode,
  EMPTY_CONTENT,
  joinPath,
  type LayerEntry,
  NO_XATTRS,
  type Node,
  parentPath,
  ROOT_PATH,
  type Tree,
  TreeEditor,
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

/** What older programs read of mounts, and Docker links as well. */
const MTAB = encodeText('mtab');
const MOUNT_TABLE = {
  kind: 'symlink',
  mode: 0o777,
  uid: 0,
  gid: 0,
  mtimeNs: 0n,
  xattrs: NO_XATTRS,
  target: encodeText('/proc/mounts'),
} as const satisfies Node;

/**
 * The mount points that `tree` lacks, and `/etc/mtab` if it has an `/etc` without one, as a layer between the image's and the container's own, so that making them never
 * shows as a change of the container. Directories that the image has are repeated with its attributes, because in an
 * overlay the topmost directory's attributes count. Empty if nothing is missing.
 */
export function mountPointLayer(tree: Tree): LayerEntry[] {
  const made = new Map<TreePath, Node>();
  for (const { path, kind } of MOUNT_POINTS) {
    const place = missingPlace(tree, encodeText(path));
    const node: Node = kind === 'file' ? { ...EMPTY_FILE } : emptyDirectory(DEFAULT_DIRECTORY);
    if (place !== undefined) addNode(tree, place, { node, made });
  }
  const etc = tree.resolve(encodeText('/etc'));
  if (etc?.node.kind === 'directory' && !etc.node.children.has(MTAB)) {
    addNode(tree, joinPath(etc.path, MTAB), { node: MOUNT_TABLE, made });
  }
  return [...made]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([path, node]) => ({ kind: 'node', path, node }));
}

/**
 * `tree`, read back from where a container ran on a copy of `image` with its {@link mountPointLayer}, without those
 * mount points that are as they were made: they are no change of the container.
 */
export function withoutMountPoints(tree: Tree, image: Tree): Tree {
  const editor = new TreeEditor(tree);
  const made = mountPointLayer(image).filter(({ path }) => image.lookup(path) === undefined);
  for (const { path } of made.reverse()) {
    const node = editor.lookup(path);
    if (node !== undefined && node.mtimeNs === 0n && isAsMade(node)) editor.remove(path);
  }
  return editor.finish();
}

function isAsMade(node: Node): boolean {
  if (node.kind === 'symlink') return node.target === MOUNT_TABLE.target;
  return node.kind === 'directory' ? node.children.size === 0 : node.kind === 'file' && node.content.sizeBytes === 0;
}

interface Addition {
  readonly node: Node;
  readonly made: Map<TreePath, Node>;
}

/** Adds the node and the directories above it. */
function addNode(tree: Tree, path: TreePath, { node, made }: Addition): void {
  for (let above = parentPath(path); !made.has(above); above = parentPath(above)) {
    made.set(above, directoryLike(tree, above));
  }
  made.set(path, node);
}

/** The most symbolic links followed for one path, as in the kernel (path_resolution(7)). */
const LINK_LIMIT = 40;

/**
 * Where `path` is missing, with every link to there resolved inside the root, also one that leads to nothing, such as
 * that of `resolv.conf` into `/run`. Undefined if something is there, or a file or a circle of links is in the way.
 */
function missingPlace(tree: Tree, path: ByteString): TreePath | undefined {
  const names = namesOf(path);
  let here: TreePath = ROOT_PATH;
  let node: Node | undefined = tree.root;
  for (let links = 0; names.length > 0; ) {
    const name = names.pop() as ByteString;
    const next: TreePath = name !== '..' ? joinPath(here, name) : here === ROOT_PATH ? here : parentPath(here);
    node = tree.lookup(next);
    if (node?.kind === 'symlink') {
      if (++links > LINK_LIMIT) return undefined;
      if (node.target.startsWith('/')) here = ROOT_PATH;
      names.push(...namesOf(node.target));
      continue;
    }
    if (node !== undefined && node.kind !== 'directory' && names.length > 0) return undefined;
    here = next;
  }
  return node === undefined ? here : undefined;
}

/** The names of a path, last first, for use as a stack. */
function namesOf(path: ByteString): ByteString[] {
  return (path.split('/') as ByteString[]).filter((name) => name !== '' && name !== '.').reverse();
}

function directoryLike(tree: Tree, path: TreePath): DirectoryNode {
  const node = tree.lookup(path);
  return emptyDirectory(node?.kind === 'directory' ? node : DEFAULT_DIRECTORY);
}

function emptyDirectory({ mode, uid, gid, mtimeNs, xattrs }: Attributes): DirectoryNode {
  return { kind: 'directory', mode, uid, gid, mtimeNs, xattrs, children: new Map() };
}

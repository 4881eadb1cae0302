import { decompress, scanTar } from '../../archive/index.ts';
import { type ByteString, byteString } from '../../bytes/index.ts';
import { errorFact, isPlinthError } from '../../errors/index.ts';
import {
  applyLayer,
  type DirectoryNode,
  memoryContent,
  type Node,
  readContent,
  readLayer,
  Tree,
  TreeEditor,
  type TreePath,
  treePath,
} from '../../tree/index.ts';
import { recipesError } from '../error.ts';
import { applyPatch } from './apply-patch.ts';

/** BusyBox unpacks to 15 MB; more than this is something else. */
const MAX_UNPACKED_BYTES = 256 * 1024 * 1024;
/** A file with these below it is the source of a BusyBox. */
const MARKS = ['Makefile', 'scripts/kconfig/Makefile', 'include/applets.src.h'];

/**
 * The tree of a tarball, in any compression, whatever its names: none reaches out of it.
 *
 * @throws PlinthError `busybox-source-invalid`
 */
export async function unpackTar(tarball: Uint8Array, origin: string): Promise<Tree> {
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of decompress(once(tarball), undefined, { limitBytes: MAX_UNPACKED_BYTES })) {
      // A decoder may use the memory of a chunk again.
      chunks.push(Uint8Array.prototype.slice.call(chunk));
    }
    const tar = memoryContent(Buffer.concat(chunks));
    return applyLayer(new Tree(), readLayer(scanTar(tar), tar, { markers: false }));
  } catch (error) {
    if (!isPlinthError(error)) throw error;
    throw invalid(origin, errorFact(error), error);
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/**
 * The source of BusyBox within the tree of a tarball: the root itself or the one directory in it; files, directories
 * and links alone, with ordinary modes.
 *
 * @throws PlinthError `busybox-source-invalid`
 */
export function findSource(tree: Tree, origin: string): Tree {
  const only = tree.root.children.size === 1 ? [...tree.root.children.values()][0] : undefined;
  const roots = [tree.root, ...(only?.kind === 'directory' ? [only] : [])];
  const found = roots.find((root) => MARKS.every((mark) => new Tree(root).lookup(mark as TreePath)?.kind === 'file'));
  if (found !== undefined) return new Tree(plainDirectory(found, origin));
  throw invalid(origin, `there is no BusyBox source in it (${MARKS.join(', ')})`);
}

function plainDirectory(directory: DirectoryNode, origin: string): DirectoryNode {
  const children = new Map([...directory.children].map(([name, node]) => [name, plainNode(node, origin)]));
  return { ...directory, mode: 0o755, xattrs: new Map(), children };
}

function plainNode(node: Node, origin: string): Node {
  switch (node.kind) {
    case 'directory':
      return plainDirectory(node, origin);
    case 'file':
      return { ...node, mode: (node.mode & 0o111) === 0 ? 0o644 : 0o755, xattrs: new Map() };
    case 'symlink':
      return { ...node, xattrs: new Map() };
    default:
      throw invalid(origin, `there is a special file (${node.kind}) in it`);
  }
}

/** The newest time of a file in the tree, in seconds since 1970. */
export function newestSeconds(tree: Tree): number {
  let newest = 0n;
  for (const { node } of tree.walk()) if (node.kind === 'file' && node.mtimeNs > newest) newest = node.mtimeNs;
  return Number(newest / 1_000_000_000n);
}

/**
 * The source with the patches that `debian/patches/series` in Debian's part of a source package lists.
 *
 * @throws PlinthError `busybox-patch-failed`
 */
export function patchSource(source: Tree, debian: Tree): { readonly source: Tree; readonly patches: number } {
  const editor = new TreeEditor(source);
  const names = (readText(debian, 'debian/patches/series') ?? '')
    .split('\n')
    .flatMap((line) =>
      line
        .replace(/(^|\s)#.*/, '')
        .trim()
        .split(/\s+/, 1),
    )
    .filter((name) => name !== '');
  for (const name of names) {
    const patch = readText(debian, `debian/patches/${name}`);
    if (patch === undefined) {
      throw recipesError('busybox-patch-failed', `apply patch ${name}: the source package does not have it`);
    }
    applyPatch(name, patch, {
      read: (path) => readText(editor.tree(), path),
      write: (path, text) => writeText(editor, path, text),
    });
  }
  return { source: editor.finish(), patches: names.length };
}

/** Sources are in several encodings: bytes that are kept as they are survive a patch. */
function readText(tree: Tree, path: string): string | undefined {
  const place = treePath(path as ByteString);
  const node = place === undefined ? undefined : tree.lookup(place);
  return node?.kind === 'file' ? byteString(readContent(node.content)) : undefined;
}

function writeText(editor: TreeEditor, path: string, text: string | undefined): void {
  const place = treePath(path as ByteString);
  if (place === undefined) throw recipesError('busybox-patch-failed', `apply patch: ${path.slice(0, 200)} is no path`);
  if (text === undefined) {
    editor.remove(place);
    return;
  }
  const old = editor.lookup(place);
  const attributes =
    old?.kind === 'file' ? old : { mode: 0o644, uid: 0, gid: 0, mtimeNs: 0n, xattrs: new Map(), kind: 'file' as const };
  editor.put(place, { ...attributes, content: memoryContent(Buffer.from(text, 'latin1')) });
}

function invalid(origin: string, fact: string, cause?: unknown): Error {
  return recipesError('busybox-source-invalid', `open BusyBox source ${origin}: ${fact}`, {
    hint: 'Give a release tarball, such as busybox-1.36.1.tar.bz2.',
    cause,
    details: { path: origin },
  });
}

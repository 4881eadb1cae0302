import { TAR_END, type TarEntry, type TarHeader, tarExtents, tarPaddingBytes } from '../archive/index.ts';
import { type ByteString, decodeText } from '../bytes/index.ts';
import { PlinthError } from '../errors/index.ts';
import type { Content } from './content.ts';
import { changesBetween } from './diff-trees.ts';
import { type LayerEntry, OPAQUE_NAME, WHITEOUT_PREFIX } from './layer-entry.ts';
import { type Attributes, attributesOf, type DirectoryNode, NO_XATTRS, type Node } from './node.ts';
import { baseName, joinPath, parentPath, ROOT_PATH, type TreePath } from './path.ts';
import { TarStream } from './tar-stream.ts';
import { Tree } from './tree.ts';
import type { TreeErrorCode } from './tree-errors.ts';

/**
 * Holes are written as holes only where they save this much: layer.md advises against sparse files, which not every
 * reader knows.
 */
const HOLES_WORTH_BYTES = 1024 * 1024;

/** What removals are archived with: nothing of it is ever applied. */
const MARKER: Attributes = { mode: 0, uid: 0, gid: 0, mtimeNs: 0n, xattrs: NO_XATTRS };

/** Is told of each entry of a tar with its place there, once its data is encoded; not all of it may be written yet. */
export type TarEntryObserver = (entry: TarEntry) => void;

/**
 * The tar of a layer in chunks of up to 1 MiB, each valid until the next is asked for. `entries` is gone through more
 * than once. The same entries give the same bytes.
 *
 * @throws PlinthError `layer-name-reserved`, `content-short`, whatever reading a content throws
 */
export function* encodeLayerTar(
  entries: Iterable<LayerEntry>,
  onEntry: TarEntryObserver = () => undefined,
): Generator<Uint8Array, void> {
  for (const entry of entries) if (entry.kind === 'node' || entry.kind === 'hardlink') checkName(entry.path);
  yield* encodeTar(entries, onEntry);
}

/**
 * Writes the tar of a layer; see {@link encodeLayerTar}. A chunk given to `write` is only valid during the call.
 *
 * @throws PlinthError `layer-name-reserved`, `content-short`, whatever `write` and reading a content throw
 */
export function writeLayerTar(
  entries: Iterable<LayerEntry>,
  write: (chunk: Uint8Array) => void,
  onEntry?: TarEntryObserver,
): void {
  for (const chunk of encodeLayerTar(entries, onEntry)) write(chunk);
}

/**
 * The tar of a whole root file system in chunks, as {@link encodeLayerTar} gives them. Unlike a layer it begins with the
 * root always, and may hold names that begin with `.wh.`.
 */
export function encodeTreeTar(tree: Tree, onEntry: TarEntryObserver = () => undefined): Generator<Uint8Array, void> {
  const entries = changesBetween(new Tree(), tree);
  return encodeTar({ [Symbol.iterator]: () => withRoot(entries, tree.root) }, onEntry);
}

/** Writes the tar of a whole root file system; see {@link encodeTreeTar}. */
export function writeTreeTar(tree: Tree, write: (chunk: Uint8Array) => void, onEntry?: TarEntryObserver): void {
  for (const chunk of encodeTreeTar(tree, onEntry)) write(chunk);
}

function* withRoot(entries: Iterable<LayerEntry>, root: DirectoryNode): Generator<LayerEntry> {
  yield { kind: 'node', path: ROOT_PATH, node: root };
  for (const entry of entries) if (entry.path !== ROOT_PATH) yield entry;
}

function* encodeTar(entries: Iterable<LayerEntry>, onEntry: TarEntryObserver): Generator<Uint8Array, void> {
  const targets = new LinkTargets(entries);
  const stream = new TarStream();
  for (const entry of entries) {
    if (entry.kind === 'node') targets.meet(entry.path, entry.node);
    const header = headerOf(entry, targets);
    yield* stream.appendHeader(header);
    const content = entry.kind === 'node' && entry.node.kind === 'file' ? entry.node.content : undefined;
    const dataOffsetBytes = stream.offsetBytes;
    if (content !== undefined) yield* writeContent(stream, content, header.extents);
    const storedBytes = stream.offsetBytes - dataOffsetBytes;
    yield* stream.appendZeros(tarPaddingBytes(storedBytes));
    onEntry({ ...header, dataOffsetBytes, storedBytes });
  }
  yield* stream.append(TAR_END);
  yield* stream.flush();
}

function* writeContent(stream: TarStream, content: Content, extents: TarHeader['extents']): Generator<Uint8Array> {
  if (extents === undefined) yield* stream.appendContent(content, { offsetBytes: 0, lengthBytes: content.sizeBytes });
  else for (const run of extents) yield* stream.appendContent(content, run);
}

function headerOf(entry: LayerEntry, targets: LinkTargets): TarHeader {
  switch (entry.kind) {
    case 'node':
      return nodeHeader(entry.path, entry.node);
    case 'hardlink':
      // Some readers apply a link's attributes to the file it names, so they must be that file's.
      return header(entry.path, 'hardlink', targets.attributesOf(entry.target), { linkTarget: entry.target });
    case 'whiteout': {
      const name = `${WHITEOUT_PREFIX}${baseName(entry.path)}` as ByteString;
      return header(joinPath(parentPath(entry.path), name), 'file', MARKER);
    }
    case 'opaque':
      return header(joinPath(entry.path, OPAQUE_NAME as ByteString), 'file', MARKER);
  }
}

function nodeHeader(path: TreePath, node: Node): TarHeader {
  switch (node.kind) {
    case 'directory':
      return header((path === ROOT_PATH ? './' : `${path}/`) as ByteString, 'directory', node);
    case 'file':
      return header(path, 'file', node, { sizeBytes: node.content.sizeBytes, ...holesOf(node.content) });
    case 'symlink':
      return header(path, 'symlink', node, { linkTarget: node.target });
    case 'character':
    case 'block':
      return header(path, node.kind, node, { major: node.major, minor: node.minor });
    case 'fifo':
      return header(path, 'fifo', node);
  }
}

type Details = Partial<Pick<TarHeader, 'linkTarget' | 'sizeBytes' | 'major' | 'minor' | 'extents'>>;

function header(path: ByteString, kind: TarHeader['kind'], attributes: Attributes, details?: Details): TarHeader {
  const { mode, uid, gid, mtimeNs, xattrs } = attributes;
  const empty = { linkTarget: '' as ByteString, sizeBytes: 0, major: 0, minor: 0 };
  return { path, kind, mode, uid, gid, mtimeNs, xattrs, ...empty, ...details };
}

function holesOf(content: Content): Details {
  if (content.extents === undefined) return {};
  const extents = tarExtents(content.extents, content.sizeBytes);
  const dataBytes = extents.reduce((sum, extent) => sum + extent.lengthBytes, 0);
  return content.sizeBytes - dataBytes < HOLES_WORTH_BYTES ? {} : { extents };
}

/** The attributes of the nodes that hard links name. */
class LinkTargets {
  readonly #wanted = new Set<TreePath>();
  readonly #found = new Map<TreePath, Attributes>();

  constructor(entries: Iterable<LayerEntry>) {
    for (const entry of entries) if (entry.kind === 'hardlink') this.#wanted.add(entry.target);
  }

  meet(path: TreePath, node: Node): void {
    if (this.#wanted.has(path)) this.#found.set(path, node);
  }

  attributesOf(path: TreePath): Attributes {
    const found = this.#found.get(path);
    if (found === undefined) return { ...MARKER, mode: 0o644 };
    return { ...attributesOf(found), xattrs: NO_XATTRS };
  }
}

function checkName(path: TreePath): void {
  if (!path.includes(WHITEOUT_PREFIX) || !path.split('/').some((name) => name.startsWith(WHITEOUT_PREFIX))) return;
  throw new PlinthError<TreeErrorCode>(`write layer: ${JSON.stringify(decodeText(path))} would read as a removal`, {
    code: 'layer-name-reserved',
    hint: 'Rename the file: no name in an image may begin with ".wh.".',
    details: { path },
  });
}

import type { TarEntry } from '../archive/index.ts';
import type { ByteString } from '../bytes/index.ts';
import { decodeText } from '../bytes/index.ts';
import { PlinthError } from '../errors/index.ts';
import { type ByteSource, type Content, sliceContent, sparseContent } from './content.ts';
import { AUFS_PREFIX, type LayerEntry, OPAQUE_NAME, WHITEOUT_PREFIX } from './layer-entry.ts';
import { NO_CHILDREN, NO_XATTRS, type Node } from './node.ts';
import {
  climbsOut,
  DEPTH_LIMIT,
  joinPath,
  NAME_LIMIT_BYTES,
  PATH_LIMIT_BYTES,
  ROOT_PATH,
  type TreePath,
  treePath,
} from './path.ts';
import type { TreeErrorCode } from './tree-errors.ts';

const HOSTILE_HINT = 'The layer is broken or hostile; do not use it.';

export interface ReadLayerOptions {
  /** Whether names with `.wh.` mark removals, as in layers; in the tar of a whole file system they are plain names. */
  readonly markers?: boolean;
}

/**
 * The entries of a layer's tar as changes (OCI image specification, layer.md), in their order. Contents are parts of
 * `source`, the tar itself; nothing is read.
 *
 * Names are seen from the root, so that absolute ones are harmless; what would climb out of it is refused, as are names
 * no file can have. AUFS's own records (`.wh..wh.plnk` and the like) are left out, hard links into them resolved.
 *
 * @throws PlinthError `layer-name-invalid`, `layer-name-escapes`, `layer-name-reserved`, `layer-whiteout-invalid`,
 *   `layer-root-replaced`
 */
export function readLayer(
  entries: Iterable<TarEntry>,
  source: ByteSource,
  { markers = true }: ReadLayerOptions = {},
): LayerEntry[] {
  const layer: LayerEntry[] = [];
  const aufsNodes = new Map<TreePath, Node>();
  for (const entry of entries) {
    if (markers && entry.path.includes(WHITEOUT_PREFIX)) readMarked(entry, source, { layer, aufsNodes });
    else layer.push(readPlain(entry, normalise(entry.path), { source, aufsNodes }));
  }
  return layer;
}

interface PlainContext {
  readonly source: ByteSource;
  readonly aufsNodes: ReadonlyMap<TreePath, Node>;
}

function readPlain(entry: TarEntry, path: TreePath, { source, aufsNodes }: PlainContext): LayerEntry {
  if (path === ROOT_PATH && entry.kind !== 'directory') {
    throw new PlinthError<TreeErrorCode>(`read layer: ${shown(entry.path)} replaces the root by a ${entry.kind}`, {
      code: 'layer-root-replaced',
      hint: HOSTILE_HINT,
      details: { path: entry.path },
    });
  }
  if (entry.kind !== 'hardlink') return { kind: 'node', path, node: readNode(entry, source) };
  const target = normalise(entry.linkTarget);
  const aufsNode = aufsNodes.get(target);
  return aufsNode === undefined ? { kind: 'hardlink', path, target } : { kind: 'node', path, node: aufsNode };
}

interface MarkedContext {
  readonly layer: LayerEntry[];
  readonly aufsNodes: Map<TreePath, Node>;
}

/** Reads an entry that has `.wh.` somewhere in its path. */
function readMarked(entry: TarEntry, source: ByteSource, { layer, aufsNodes }: MarkedContext): void {
  const names = entry.path.split('/').filter((name) => name !== '' && name !== '.') as ByteString[];
  const marked = names.find((name) => name.startsWith(WHITEOUT_PREFIX));
  const last = names.at(-1) ?? '';
  if (marked === undefined) {
    layer.push(readPlain(entry, normalise(entry.path), { source, aufsNodes }));
  } else if (marked === OPAQUE_NAME && marked === last) {
    layer.push({ kind: 'opaque', path: normalise(names.slice(0, -1).join('/') as ByteString) });
  } else if (marked.startsWith(AUFS_PREFIX)) {
    // AUFS keeps the one copy of a file with several names under .wh..wh.plnk and links the names to it.
    if (entry.kind === 'file') aufsNodes.set(normalise(entry.path), readNode(entry, source));
  } else if (marked === last && names.indexOf(marked) === names.length - 1) {
    const victim = marked.slice(WHITEOUT_PREFIX.length) as ByteString;
    const parent = normalise(names.slice(0, -1).join('/') as ByteString);
    layer.push({ kind: 'whiteout', path: joinPath(parent, checkVictim(victim, entry)) });
  } else {
    throw new PlinthError<TreeErrorCode>(`read layer: ${shown(entry.path)} lies below a name that marks a removal`, {
      code: 'layer-name-reserved',
      hint: HOSTILE_HINT,
      details: { path: entry.path },
    });
  }
}

/** Obeying `.wh.`, `.wh..` or `.wh...` would let one entry remove its directory or the one above. */
function checkVictim(victim: ByteString, entry: TarEntry): ByteString {
  if (victim === '' || victim === '.' || victim === '..' || treePath(victim) === undefined) {
    throw new PlinthError<TreeErrorCode>(`read layer: whiteout ${shown(entry.path)} names no file`, {
      code: 'layer-whiteout-invalid',
      hint: HOSTILE_HINT,
      details: { path: entry.path },
    });
  }
  return victim;
}

function normalise(text: ByteString): TreePath {
  if (text.includes('..') && climbsOut(text)) {
    throw new PlinthError<TreeErrorCode>(`read layer: ${shown(text)} climbs out of the root`, {
      code: 'layer-name-escapes',
      hint: HOSTILE_HINT,
      details: { path: text },
    });
  }
  // Most names are plain but for what tar adds: a leading `./`, a trailing `/`.
  const start = text.startsWith('./') ? 2 : 0;
  const end = text.endsWith('/') ? text.length - 1 : text.length;
  const path = treePath((start < end ? text.slice(start, end) : text) as ByteString);
  if (path === undefined) {
    throw new PlinthError<TreeErrorCode>(
      `read layer: ${shown(text)} cannot be the path of a file: ${pathFault(text)}`,
      {
        code: 'layer-name-invalid',
        hint: HOSTILE_HINT,
        details: { path: text },
      },
    );
  }
  return path;
}

function readNode(entry: TarEntry, source: ByteSource): Node {
  const { mode, uid, gid, mtimeNs } = entry;
  const xattrs = entry.xattrs.size === 0 ? NO_XATTRS : entry.xattrs;
  switch (entry.kind) {
    case 'directory':
      return { kind: 'directory', mode, uid, gid, mtimeNs, xattrs, children: NO_CHILDREN };
    case 'symlink':
      return { kind: 'symlink', mode, uid, gid, mtimeNs, xattrs, target: entry.linkTarget };
    case 'character':
    case 'block':
      return { kind: entry.kind, mode, uid, gid, mtimeNs, xattrs, major: entry.major, minor: entry.minor };
    case 'fifo':
      return { kind: 'fifo', mode, uid, gid, mtimeNs, xattrs };
    case 'file':
    case 'hardlink':
      return { kind: 'file', mode, uid, gid, mtimeNs, xattrs, content: readFileContent(entry, source) };
  }
}

function readFileContent(entry: TarEntry, source: ByteSource): Content {
  const stored = sliceContent(source, entry.dataOffsetBytes, entry.storedBytes);
  return entry.extents === undefined ? stored : sparseContent(stored, entry.extents, entry.sizeBytes);
}

/** Why {@link treePath} refuses `text`. */
function pathFault(text: ByteString): string {
  if (text.includes('\0')) return 'it holds NUL';
  if (text.length > PATH_LIMIT_BYTES) return `it has ${text.length} bytes, at most ${PATH_LIMIT_BYTES} are possible`;
  const longest = text.split('/').reduce((most, name) => Math.max(most, name.length), 0);
  if (longest <= NAME_LIMIT_BYTES) return `it is more than ${DEPTH_LIMIT} names deep`;
  return `a name has ${longest} bytes, at most ${NAME_LIMIT_BYTES} are possible`;
}

/** The start of a hostile name, fit for a message. */
function shown(text: ByteString): string {
  return JSON.stringify(decodeText(text.slice(0, 200) as ByteString));
}

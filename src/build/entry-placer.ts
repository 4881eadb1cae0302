import type { TarEntry, TarHeader } from '../archive/index.ts';
import { type ByteString, decodeText } from '../bytes/index.ts';
import { isPlinthError } from '../errors/index.ts';
import {
  type Attributes,
  baseName,
  climbsOut,
  EMPTY_CONTENT,
  joinPath,
  NO_CHILDREN,
  type Node,
  parentPath,
  type TreePath,
  treePath,
} from '../tree/index.ts';
import { buildError } from './error.ts';
import { type LayerDraft, type Owner, ROOT_OWNER } from './layer-draft.ts';
import type { LayerStream } from './layer-stream.ts';

/** Where an archive goes. */
export interface ArchivePlace {
  /** A directory of the image; made if it is missing. */
  readonly destination: ByteString;
  /** Of the destination, if it is made; what is in the archive keeps its own. */
  readonly owner?: Owner | undefined;
}

/** Gives the entries of an archive their places in the image, one after another, and writes their headers. */
export class EntryPlacer {
  readonly #draft: LayerDraft;
  readonly #stream: LayerStream;
  /** The destination: what the archive sees as its root. */
  readonly #root: TreePath;
  /** The files that this layer holds itself, and so may be linked to within it. */
  readonly #own = new Set<TreePath>();

  /** @throws PlinthError `copy-conflict` if the destination is no directory */
  constructor(draft: LayerDraft, stream: LayerStream, { destination, owner = ROOT_OWNER }: ArchivePlace) {
    this.#draft = draft;
    this.#stream = stream;
    this.#root = draft.resolve(destination).path;
    this.#makeDirectories(this.#root, owner);
  }

  /**
   * Puts the entry in its place and writes its header; returns whether its data is to follow.
   *
   * @throws PlinthError `archive-entry-refused`, `copy-conflict`
   */
  place(entry: TarEntry): boolean {
    const name = checkedName(entry.path, entry.path);
    // The root of the archive is the destination, which keeps its own attributes.
    if (name === '') return false;
    const parent = this.#draft.resolve(parentPath(name), this.#root).path;
    this.#makeDirectories(parent, ROOT_OWNER);
    const path = joinPath(parent, baseName(name));
    const node = entry.kind === 'hardlink' ? this.#linked(entry) : nodeOf(entry);
    const old = this.#draft.lookup(path);
    if (old !== undefined && !(old.kind === 'directory' && node.kind === 'directory')) this.#draft.remove(path);
    this.#draft.put(path, node);
    this.#writeHeader(entry, path);
    return true;
  }

  #writeHeader(entry: TarEntry, path: TreePath): void {
    const { dataOffsetBytes: _, storedBytes, ...header } = entry;
    const changed: TarHeader = {
      ...header,
      path: (entry.kind === 'directory' ? `${path}/` : path) as ByteString,
      linkTarget: entry.kind === 'hardlink' ? this.#target(entry) : entry.linkTarget,
    };
    if (entry.kind !== 'directory') this.#own.add(path);
    try {
      this.#stream.begin(changed, storedBytes);
    } catch (cause) {
      if (!isPlinthError(cause) || cause.code !== 'tar-entry-unencodable') throw cause;
      throw refused(entry.path, cause.message.replace(/^write tar: /, ''), cause);
    }
  }

  #target(entry: TarEntry): TreePath {
    const name = checkedName(entry.linkTarget, entry.path);
    return joinPath(this.#draft.resolve(parentPath(name), this.#root).path, baseName(name));
  }

  /** The node that a hard link names; one of a layer below becomes part of this one, so that no link leads out of it. */
  #linked(entry: TarEntry): Node {
    const path = this.#target(entry);
    const node = this.#draft.lookup(path);
    if (node === undefined || node.kind === 'directory') {
      const fact = node === undefined ? 'does not exist' : 'is a directory';
      throw refused(entry.path, `it is a hard link to ${decodeText(entry.linkTarget)}, which ${fact}`);
    }
    if (!this.#own.has(path)) {
      this.#stream.append([{ kind: 'node', path, node }]);
      this.#own.add(path);
    }
    return node;
  }

  #makeDirectories(path: TreePath, owner: Owner): void {
    const made = this.#draft.makeDirectories(path, owner);
    const entries = made.flatMap((one) => {
      const node = this.#draft.lookup(one);
      return node === undefined ? [] : [{ kind: 'node' as const, path: one, node }];
    });
    if (entries.length > 0) this.#stream.append(entries);
  }
}

/** What stands for an entry while the archive is read; its data never is asked for there. */
function nodeOf(entry: TarEntry): Node {
  const { mode, uid, gid, mtimeNs, xattrs } = entry;
  const attributes: Attributes = { mode, uid, gid, mtimeNs, xattrs };
  switch (entry.kind) {
    case 'directory':
      return { kind: 'directory', ...attributes, children: NO_CHILDREN };
    case 'symlink':
      return { kind: 'symlink', ...attributes, target: entry.linkTarget };
    case 'character':
    case 'block':
      return { kind: entry.kind, ...attributes, major: entry.major, minor: entry.minor };
    case 'fifo':
      return { kind: 'fifo', ...attributes };
    default:
      return { kind: 'file', ...attributes, content: EMPTY_CONTENT };
  }
}

function checkedName(text: ByteString, entryPath: ByteString): TreePath {
  if (climbsOut(text)) throw refused(entryPath, `${decodeText(text)} climbs out of the archive`);
  const path = treePath(text);
  if (path === undefined) throw refused(entryPath, 'it cannot be the path of a file');
  // What layers take for removals cannot be the name of a file in an image.
  if (path.split('/').some((name) => name.startsWith('.wh.'))) {
    throw refused(entryPath, 'no name in an image may begin with ".wh."');
  }
  return path;
}

function refused(path: ByteString, fact: string, cause?: unknown) {
  const shown = decodeText(path.slice(0, 200) as ByteString);
  return buildError('archive-entry-refused', `unpack ${JSON.stringify(shown)}: ${fact}`, {
    hint: 'Copy the archive with COPY instead, or make it anew.',
    cause,
    details: { path: shown },
  });
}

import { type BigIntStats, realpathSync } from 'node:fs';
import { type ByteString, encodeText } from '../bytes/index.ts';
import {
  type DirectoryNode,
  joinPath,
  NO_XATTRS,
  type Node,
  ROOT_PATH,
  Tree,
  type TreePath,
  type Xattrs,
} from '../tree/index.ts';
import { hostError } from './host-errors.ts';
import { joinHostPath } from './host-path.ts';
import { runPaced, runSteps } from './pacer.ts';
import { attributesOf, LinkMap, readLeaf, readNames, readPortableXattrs, readStatus } from './read-node.ts';

export interface ReadTreeOptions {
  /** Read extended attributes too, at 3 µs a file; but not labels of this host's security modules. */
  readonly xattrs?: boolean;
  /** Find the holes of sparse files, so that their content tells where its data lies. */
  readonly holes?: boolean;
  /** Whether to take what is at `path`; a directory that is not taken is not opened. */
  readonly filter?: (path: TreePath, isDirectory: boolean) => boolean;
  /** Told of each socket: they are left out, as no archive or image can hold them. */
  readonly onSocket?: (path: TreePath) => void;
}

/**
 * The tree of files at `directory`, which may be a link itself; no link below it is followed. Files with several names
 * in it are one node. Nothing is read of the files themselves before their contents are; until then they must stay.
 *
 * @throws PlinthError `host-read-failed`
 */
export function readTree(directory: string, options: ReadTreeOptions = {}): Tree {
  return runSteps(new TreeReader(options).read(realDirectory(directory)));
}

/**
 * Like {@link readTree}, letting the event loop run now and then.
 *
 * @throws PlinthError `host-read-failed`; the signal's reason
 */
export function readTreePaced(
  directory: string,
  { signal, ...options }: ReadTreeOptions & { readonly signal?: AbortSignal } = {},
): Promise<Tree> {
  return runPaced(new TreeReader(options).read(realDirectory(directory)), signal);
}

class TreeReader {
  readonly #options: ReadTreeOptions;
  readonly #details: { readonly xattrs: boolean; readonly holes: boolean };
  readonly #links = new LinkMap<Node>();

  constructor(options: ReadTreeOptions) {
    this.#options = options;
    this.#details = { xattrs: options.xattrs ?? false, holes: options.holes ?? false };
  }

  *read(directory: ByteString): Generator<void, Tree> {
    return new Tree(yield* this.#readDirectory(ROOT_PATH, directory, readStatus(directory)));
  }

  *#readDirectory(path: TreePath, hostDirectory: ByteString, status: BigIntStats): Generator<void, DirectoryNode> {
    const children = new Map<ByteString, Node>();
    for (const name of readNames(hostDirectory)) {
      const [childPath, childHost] = [joinPath(path, name), joinHostPath(hostDirectory, name)];
      const childStatus = readStatus(childHost);
      const isDirectory = childStatus.isDirectory();
      if (this.#options.filter?.(childPath, isDirectory) === false) continue;
      const node = isDirectory
        ? yield* this.#readDirectory(childPath, childHost, childStatus)
        : this.#readLeaf(childPath, childHost, childStatus);
      if (node !== undefined) children.set(name, node);
    }
    yield;
    return { kind: 'directory', ...attributesOf(status, this.#readXattrs(hostDirectory)), children };
  }

  #readLeaf(path: TreePath, hostFile: ByteString, status: BigIntStats): Node | undefined {
    const known = this.#links.find(status);
    if (known !== undefined) return known;
    const node = readLeaf(hostFile, status, { details: this.#details, xattrs: this.#readXattrs(hostFile) });
    if (node === undefined) this.#options.onSocket?.(path);
    else this.#links.keep(status, node);
    return node;
  }

  #readXattrs(path: ByteString): Xattrs {
    return this.#details.xattrs ? readPortableXattrs(path) : NO_XATTRS;
  }
}

/** The directory a caller named, with all links followed: from here on none is. */
export function realDirectory(directory: string): ByteString {
  try {
    return realpathSync.native(directory, { encoding: 'latin1' }) as ByteString;
  } catch (error) {
    throw hostError(error, { action: 'read directory', path: encodeText(directory) });
  }
}

import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { type ByteString, decodeText } from '../bytes/index.ts';
import type { IgnoreMatcher } from '../dockerfile/index.ts';
import { errorFact, systemErrorCode } from '../errors/index.ts';
import { hostPath } from '../host/index.ts';
import { type DirectoryNode, joinPath, NO_XATTRS, type Node, ROOT_PATH, Tree, type TreePath } from '../tree/index.ts';
import { sourceChanged } from './context-content.ts';
import { ContextDirectory, type ContextReader } from './context-directory.ts';
import { ContextFile, type ContextName, hostName, modeOf } from './context-file.ts';
import { buildError } from './error.ts';
import type { StatCache } from './stat-cache.ts';

/** How a context directory is read. */
export interface ContextOptions {
  /** What is left out. */
  readonly filter?: IgnoreMatcher | undefined;
  readonly cache: StatCache;
}

/**
 * The build context in `directory` as a tree that is read as it is walked: looking up a path stats only the names on
 * it, listing a directory stats what is in it, and nothing is opened before its content is read. Owners are root, since
 * those of the building machine mean nothing in an image. Sockets and what `filter` excludes are not there.
 *
 * @throws PlinthError `context-unreadable`, also later, from any use of the tree
 */
export function contextTree(directory: ByteString, options: ContextOptions): Tree {
  return new Tree(new Context(directory, options).root());
}

class Context implements ContextReader {
  readonly directory: ByteString;
  readonly cache: StatCache;
  readonly #filter: IgnoreMatcher | undefined;
  /** Nodes with several names, by device and inode. */
  readonly #linked = new Map<string, Node>();

  constructor(directory: ByteString, { filter, cache }: ContextOptions) {
    this.directory = directory;
    this.cache = cache;
    this.#filter = filter;
  }

  root(): DirectoryNode {
    const stats = lstat(`${this.directory}/.` as ByteString, this.directory);
    if (stats === undefined || !stats.isDirectory()) {
      throw buildError('context-unreadable', `open context ${decodeText(this.directory)}: not a directory`, {
        hint: 'Name the directory that holds what COPY and ADD are to take.',
        details: { path: decodeText(this.directory) },
      });
    }
    return new ContextDirectory(this, ROOT_PATH, stats);
  }

  names(directory: TreePath): ByteString[] {
    try {
      return readdirSync(hostPath(hostName(this, directory)), { encoding: 'latin1' }) as ByteString[];
    } catch (cause) {
      throw unreadable(directory, cause);
    }
  }

  load(parent: TreePath, name: ByteString): Node | undefined {
    const path = joinPath(parent, name);
    const excluded = this.#filter?.ignores(path) === true;
    if (excluded && this.#filter?.mayContainIncluded(path) !== true) return undefined;
    const stats = lstat(hostName(this, path), path);
    if (stats === undefined) return undefined;
    if (excluded) return stats.isDirectory() ? this.#reincluded(path, stats) : undefined;
    if (stats.isDirectory()) return new ContextDirectory(this, path, stats);
    if (stats.nlink === 1n) return this.#leaf({ parent, name }, stats);
    const identity = `${stats.dev}:${stats.ino}`;
    const known = this.#linked.get(identity);
    if (known !== undefined) return known;
    const node = this.#leaf({ parent, name }, stats);
    if (node !== undefined) this.#linked.set(identity, node);
    return node;
  }

  /** A directory that is left out stands all the same for what is in again below it. */
  #reincluded(path: TreePath, stats: BigIntStats): DirectoryNode | undefined {
    const directory = new ContextDirectory(this, path, stats);
    return directory.children.size > 0 ? directory : undefined;
  }

  #leaf(place: ContextName, stats: BigIntStats): Node | undefined {
    if (stats.isFile()) return new ContextFile(this, place, stats);
    const attributes = { mode: modeOf(stats), uid: 0, gid: 0, mtimeNs: stats.mtimeNs, xattrs: NO_XATTRS };
    if (stats.isSymbolicLink()) {
      return { kind: 'symlink', ...attributes, target: this.#target(joinPath(place.parent, place.name)) };
    }
    if (stats.isFIFO()) return { kind: 'fifo', ...attributes };
    if (stats.isSocket()) return undefined;
    return { kind: stats.isBlockDevice() ? 'block' : 'character', ...attributes, ...deviceNumbers(stats.rdev) };
  }

  #target(path: TreePath): ByteString {
    try {
      return readlinkSync(hostPath(hostName(this, path)), { encoding: 'latin1' }) as ByteString;
    } catch (cause) {
      const code = systemErrorCode(cause);
      const isOther = code === 'ENOENT' || code === 'ENOTDIR' || code === 'EINVAL';
      throw isOther ? sourceChanged(path, 'it is no link any more', cause) : unreadable(path, cause);
    }
  }
}

function lstat(file: ByteString, path: ByteString): BigIntStats | undefined {
  try {
    return lstatSync(hostPath(file), { bigint: true, throwIfNoEntry: false });
  } catch (cause) {
    const code = systemErrorCode(cause);
    if (code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
    throw unreadable(path, cause);
  }
}

function unreadable(path: ByteString, cause: unknown) {
  const name = decodeText(path) || '.';
  return buildError('context-unreadable', `read context: ${name}: ${errorFact(cause)}`, {
    cause,
    hint: 'Make it readable, or list it in .dockerignore.',
    details: { path: name },
  });
}

/** The halves of a device number as Linux packs them (makedev(3)). */
function deviceNumbers(rdev: bigint): { major: number; minor: number } {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xffff_f000n);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & 0xffff_ff00n);
  return { major: Number(major), minor: Number(minor) };
}

import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { type ByteString, decodeText } from '../bytes/index.ts';
import type { IgnoreMatcher } from '../dockerfile/index.ts';
import { errorFact, systemErrorCode } from '../errors/index.ts';
import { hostPath, lgetxattrs } from '../host/index.ts';
import { type DirectoryNode, type FileNode, NO_XATTRS, type Node, Tree, type Xattrs } from '../tree/index.ts';
import { ContextContent } from './context-content.ts';
import { buildError } from './error.ts';
import type { FileFacts, Fingerprint, StatCache } from './stat-cache.ts';

/** A file or directory of a context, with what the stat cache knows of it, or else needs to be told. */
export interface ContextNode {
  readonly contextPath: ByteString;
  readonly memory: NodeMemory;
}

/** The fingerprint of a file as it is now, or the facts under which to remember it. */
export type NodeMemory = { readonly fingerprint: Fingerprint } | { readonly facts: FileFacts };

/** How a context directory is read. */
export interface ContextOptions {
  /** What is left out. */
  readonly filter?: IgnoreMatcher | undefined;
  readonly cache?: StatCache | undefined;
}

/**
 * The build context in `directory` as a tree that is read as it is walked: looking up a path stats only the names on
 * it, listing a directory stats what is in it, and nothing is opened before its content is read. Owners are root, since
 * those of the building machine mean nothing in an image. Sockets and what `filter` excludes are not there.
 *
 * @throws PlinthError `context-unreadable`, also later, from any use of the tree
 */
export function contextTree(directory: ByteString, options: ContextOptions = {}): Tree {
  return new Tree(new Context(directory, options).root());
}

class Context {
  readonly directory: ByteString;
  readonly #filter: IgnoreMatcher | undefined;
  readonly #cache: StatCache | undefined;
  /** Nodes with several names, by device and inode. */
  readonly #linked = new Map<string, Node>();

  constructor(directory: ByteString, { filter, cache }: ContextOptions) {
    this.directory = directory;
    this.#filter = filter;
    this.#cache = cache;
  }

  root(): DirectoryNode {
    const stats = lstat(`${this.directory}/.` as ByteString, this.directory);
    if (stats === undefined || !stats.isDirectory()) {
      throw buildError('context-unreadable', `open context ${decodeText(this.directory)}: not a directory`, {
        hint: 'Name the directory that holds what COPY and ADD are to take.',
        details: { path: decodeText(this.directory) },
      });
    }
    return new ContextDirectory(this, '' as ByteString, stats);
  }

  /** The node at `path`, or undefined if there is none in the context. */
  load(path: ByteString): Node | undefined {
    const excluded = this.#filter?.ignores(path) === true;
    if (excluded && this.#filter?.mayContainIncluded(path) !== true) return undefined;
    const stats = lstat(this.hostName(path), path);
    if (stats === undefined) return undefined;
    if (excluded) return stats.isDirectory() ? this.#reincluded(path, stats) : undefined;
    if (stats.nlink === 1n || stats.isDirectory()) return this.#node(path, stats);
    const identity = `${stats.dev}:${stats.ino}`;
    const known = this.#linked.get(identity);
    if (known !== undefined) return known;
    const node = this.#node(path, stats);
    if (node !== undefined) this.#linked.set(identity, node);
    return node;
  }

  remember(path: ByteString, stats: BigIntStats): NodeMemory {
    const fingerprint = this.#cache?.find(path, stats);
    if (fingerprint !== undefined) return { fingerprint };
    const { dev, ino, size, mtimeNs, ctimeNs } = stats;
    // Only these: what else a stat holds is 400 bytes a file.
    return { facts: { dev, ino, size, mtimeNs, ctimeNs } };
  }

  hostName(path: ByteString): ByteString {
    return `${this.directory}/${path}` as ByteString;
  }

  /** A directory that is left out stands all the same for what is in again below it. */
  #reincluded(path: ByteString, stats: BigIntStats): DirectoryNode | undefined {
    const directory = new ContextDirectory(this, path, stats);
    return directory.children.size > 0 ? directory : undefined;
  }

  #node(path: ByteString, stats: BigIntStats): Node | undefined {
    if (stats.isFile()) return new ContextFile(this, path, stats);
    if (stats.isDirectory()) return new ContextDirectory(this, path, stats);
    const attributes = { mode: modeOf(stats), uid: 0, gid: 0, mtimeNs: stats.mtimeNs, xattrs: NO_XATTRS };
    if (stats.isSymbolicLink()) {
      const target = readlinkSync(hostPath(this.hostName(path)), { encoding: 'latin1' }) as ByteString;
      return { kind: 'symlink', ...attributes, target };
    }
    if (stats.isFIFO()) return { kind: 'fifo', ...attributes };
    if (stats.isSocket()) return undefined;
    return { kind: stats.isBlockDevice() ? 'block' : 'character', ...attributes, ...deviceNumbers(stats.rdev) };
  }
}

class ContextFile implements FileNode, ContextNode {
  readonly kind = 'file';
  readonly mode: number;
  readonly uid = 0;
  readonly gid = 0;
  readonly mtimeNs: bigint;
  readonly content: ContextContent;
  readonly memory: NodeMemory;
  readonly #context: Context;
  #xattrs: Xattrs | undefined;

  constructor(context: Context, path: ByteString, stats: BigIntStats) {
    this.#context = context;
    this.mode = modeOf(stats);
    this.mtimeNs = stats.mtimeNs;
    this.memory = context.remember(path, stats);
    this.content = new ContextContent(context.directory, path, Number(stats.size));
  }

  get contextPath(): ByteString {
    return this.content.path;
  }

  get xattrs(): Xattrs {
    this.#xattrs ??= portableXattrs(this.#context.hostName(this.content.path));
    return this.#xattrs;
  }
}

class ContextDirectory implements DirectoryNode, ContextNode {
  readonly kind = 'directory';
  readonly mode: number;
  readonly uid = 0;
  readonly gid = 0;
  readonly mtimeNs: bigint;
  readonly children: ContextChildren;
  readonly contextPath: ByteString;
  readonly memory: NodeMemory;
  readonly #context: Context;
  #xattrs: Xattrs | undefined;

  constructor(context: Context, path: ByteString, stats: BigIntStats) {
    this.#context = context;
    this.contextPath = path;
    this.memory = context.remember(path, stats);
    this.mode = modeOf(stats);
    this.mtimeNs = stats.mtimeNs;
    this.children = new ContextChildren(context, path);
  }

  get xattrs(): Xattrs {
    this.#xattrs ??= portableXattrs(this.#context.hostName(this.contextPath));
    return this.#xattrs;
  }
}

/** The children of a context directory: one name is looked up by itself, all are listed once. */
class ContextChildren implements ReadonlyMap<ByteString, Node> {
  readonly #context: Context;
  readonly #path: ByteString;
  readonly #asked = new Map<ByteString, Node | undefined>();
  #listed: Map<ByteString, Node> | undefined;

  constructor(context: Context, path: ByteString) {
    this.#context = context;
    this.#path = path;
  }

  get size(): number {
    return this.#list().size;
  }

  get(name: ByteString): Node | undefined {
    if (this.#listed !== undefined) return this.#listed.get(name);
    if (this.#asked.has(name)) return this.#asked.get(name);
    const node = this.#context.load(this.#child(name));
    this.#asked.set(name, node);
    return node;
  }

  has(name: ByteString): boolean {
    return this.get(name) !== undefined;
  }

  keys(): MapIterator<ByteString> {
    return this.#list().keys();
  }

  values(): MapIterator<Node> {
    return this.#list().values();
  }

  entries(): MapIterator<[ByteString, Node]> {
    return this.#list().entries();
  }

  [Symbol.iterator](): MapIterator<[ByteString, Node]> {
    return this.#list().entries();
  }

  forEach(use: (node: Node, name: ByteString, map: ReadonlyMap<ByteString, Node>) => void): void {
    for (const [name, node] of this.#list()) use(node, name, this);
  }

  #child(name: ByteString): ByteString {
    return this.#path === '' ? name : (`${this.#path}/${name}` as ByteString);
  }

  #list(): Map<ByteString, Node> {
    if (this.#listed !== undefined) return this.#listed;
    const listed = new Map<ByteString, Node>();
    for (const name of readNames(this.#context.hostName(this.#path), this.#path)) {
      const node = this.#asked.get(name) ?? this.#context.load(this.#child(name));
      if (node !== undefined) listed.set(name, node);
    }
    this.#listed = listed;
    this.#asked.clear();
    return listed;
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

function readNames(directory: ByteString, path: ByteString): ByteString[] {
  try {
    return readdirSync(hostPath(directory), { encoding: 'latin1' }) as ByteString[];
  } catch (cause) {
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

/** Attributes that travel; labels and access lists of the building machine mean nothing in an image. */
function portableXattrs(file: ByteString): Xattrs {
  const all = lgetxattrs(file);
  if (all.size === 0) return NO_XATTRS;
  const kept = [...all].filter(([name]) => name.startsWith('user.') || name === 'security.capability');
  return kept.length === 0 ? NO_XATTRS : new Map(kept);
}

function modeOf(stats: BigIntStats): number {
  return Number(stats.mode & 0o7777n);
}

/** The halves of a device number as Linux packs them (makedev(3)). */
function deviceNumbers(rdev: bigint): { major: number; minor: number } {
  const major = ((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xffff_f000n);
  const minor = (rdev & 0xffn) | ((rdev >> 12n) & 0xffff_ff00n);
  return { major: Number(major), minor: Number(minor) };
}

import { type BigIntStats, lstatSync } from 'node:fs';
import type { ByteString } from '../bytes/index.ts';
import { systemErrorCode } from '../errors/index.ts';
import { type DirectoryNode, NO_XATTRS, type Node, Tree } from '../tree/index.ts';
import { hostPath, joinHostPath } from './host-path.ts';
import { attributesOf, LinkMap, readLeaf, readNames, readPortableXattrs, readStatus } from './read-node.ts';
import { realDirectory } from './read-tree.ts';

export interface LazyTreeOptions {
  /** Read the extended attributes of each node that is looked at. */
  readonly xattrs?: boolean;
}

/**
 * The tree of files at `directory` of which nothing is read before it is asked for: a look at `/usr/bin/env` reads three
 * nodes, whatever else the file system holds. What was read once stays as it was. What this user may not look at, and
 * what is gone, is not there; listing a directory that may not be read throws.
 *
 * @throws PlinthError `host-read-failed`
 */
export function lazyTree(directory: string, { xattrs = false }: LazyTreeOptions = {}): Tree {
  const path = realDirectory(directory);
  return new Tree(lazyDirectory(path, readStatus(path), { xattrs, links: new LinkMap() }));
}

interface Reading {
  readonly xattrs: boolean;
  readonly links: LinkMap<Node>;
}

function lazyDirectory(path: ByteString, status: BigIntStats, reading: Reading): DirectoryNode {
  const xattrs = reading.xattrs ? readPortableXattrs(path) : NO_XATTRS;
  return { kind: 'directory', ...attributesOf(status, xattrs), children: new LazyChildren(path, reading) };
}

/** The children of a directory, each read when it is first asked for. */
class LazyChildren implements ReadonlyMap<ByteString, Node> {
  readonly #path: ByteString;
  readonly #reading: Reading;
  readonly #known = new Map<ByteString, Node | undefined>();
  #complete: ReadonlyMap<ByteString, Node> | undefined;

  constructor(path: ByteString, reading: Reading) {
    this.#path = path;
    this.#reading = reading;
  }

  get size(): number {
    return this.#all().size;
  }

  get(name: ByteString): Node | undefined {
    const known = this.#known.get(name);
    if (known !== undefined || this.#known.has(name)) return known;
    const node = this.#complete === undefined ? this.#read(name) : undefined;
    this.#known.set(name, node);
    return node;
  }

  has(name: ByteString): boolean {
    return this.get(name) !== undefined;
  }

  entries(): MapIterator<[ByteString, Node]> {
    return this.#all().entries();
  }

  keys(): MapIterator<ByteString> {
    return this.#all().keys();
  }

  values(): MapIterator<Node> {
    return this.#all().values();
  }

  forEach(use: (node: Node, name: ByteString, children: ReadonlyMap<ByteString, Node>) => void): void {
    for (const [name, node] of this.#all()) use(node, name, this);
  }

  [Symbol.iterator](): MapIterator<[ByteString, Node]> {
    return this.entries();
  }

  #all(): ReadonlyMap<ByteString, Node> {
    if (this.#complete !== undefined) return this.#complete;
    const all = new Map<ByteString, Node>();
    for (const name of readNames(this.#path)) {
      const node = this.get(name);
      if (node !== undefined) all.set(name, node);
    }
    this.#complete = all;
    return all;
  }

  #read(name: ByteString): Node | undefined {
    // A name of a path of somebody else's: the kernel would take it for another path.
    if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0')) return undefined;
    const path = joinHostPath(this.#path, name);
    const status = statusIfVisible(path);
    if (status === undefined) return undefined;
    if (status.isDirectory()) return lazyDirectory(path, status, this.#reading);
    const known = this.#reading.links.find(status);
    if (known !== undefined) return known;
    const xattrs = this.#reading.xattrs ? readPortableXattrs(path) : NO_XATTRS;
    const node = readLeaf(path, status, { details: { xattrs: this.#reading.xattrs, holes: false }, xattrs });
    if (node !== undefined) this.#reading.links.keep(status, node);
    return node;
  }
}

const INVISIBLE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ENAMETOOLONG', 'ELOOP']);

function statusIfVisible(path: ByteString): BigIntStats | undefined {
  try {
    return lstatSync(hostPath(path), { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (INVISIBLE.has(systemErrorCode(error) ?? '')) return undefined;
    throw error;
  }
}

import type { BigIntStats } from 'node:fs';
import type { ByteString } from '../bytes/index.ts';
import type { DirectoryNode, Node, TreePath, Xattrs } from '../tree/index.ts';
import { type ContextNode, type ContextPlace, hostName, modeOf, portableXattrs } from './context-file.ts';
import type { StatRow } from './stat-cache.ts';

/** Reads a context, node by node. */
export interface ContextReader extends ContextPlace {
  /** The names in a directory, in no order. */
  names(directory: TreePath): ByteString[];
  /** The node of that name in a directory, or undefined if there is none in the context. */
  load(directory: TreePath, name: ByteString): Node | undefined;
}

/** A directory of a context, whose children are read when they are asked for. */
export class ContextDirectory implements DirectoryNode, ContextNode {
  readonly kind = 'directory';
  readonly mode: number;
  readonly uid = 0;
  readonly gid = 0;
  readonly children: ContextChildren;
  readonly contextPath: TreePath;
  readonly row: StatRow;
  readonly #reader: ContextReader;
  #xattrs: Xattrs | undefined;

  constructor(reader: ContextReader, path: TreePath, stats: BigIntStats) {
    this.#reader = reader;
    this.contextPath = path;
    this.mode = modeOf(stats);
    this.row = reader.cache.meet(path, stats);
    this.children = new ContextChildren(reader, path);
  }

  get mtimeNs(): bigint {
    return this.#reader.cache.mtimeNs(this.row);
  }

  get readXattrs(): Xattrs | undefined {
    return this.#xattrs;
  }

  get xattrs(): Xattrs {
    this.#xattrs ??= portableXattrs(hostName(this.#reader, this.contextPath));
    return this.#xattrs;
  }
}

/** The children of a context directory: one name is looked up by itself, all are listed once. */
class ContextChildren implements ReadonlyMap<ByteString, Node> {
  readonly #reader: ContextReader;
  readonly #path: TreePath;
  /** What was looked up before all were listed. */
  #asked: Map<ByteString, Node | undefined> | undefined;
  #listed: Map<ByteString, Node> | undefined;

  constructor(reader: ContextReader, path: TreePath) {
    this.#reader = reader;
    this.#path = path;
  }

  get size(): number {
    return this.#list().size;
  }

  get(name: ByteString): Node | undefined {
    if (this.#listed !== undefined) return this.#listed.get(name);
    this.#asked ??= new Map();
    if (this.#asked.has(name)) return this.#asked.get(name);
    const node = this.#reader.load(this.#path, name);
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

  #list(): Map<ByteString, Node> {
    if (this.#listed !== undefined) return this.#listed;
    const listed = new Map<ByteString, Node>();
    for (const name of this.#reader.names(this.#path)) {
      const node = this.#asked?.get(name) ?? this.#reader.load(this.#path, name);
      if (node !== undefined) listed.set(name, node);
    }
    this.#listed = listed;
    this.#asked = undefined;
    return listed;
  }
}

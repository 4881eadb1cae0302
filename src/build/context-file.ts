import type { BigIntStats } from 'node:fs';
import type { ByteString } from '../bytes/index.ts';
import { lgetxattrs } from '../host/index.ts';
import { type FileNode, joinPath, NO_XATTRS, type TreePath, type Xattrs } from '../tree/index.ts';
import { ContextContent, type DigestedFile } from './context-content.ts';
import type { StatCache, StatRow } from './stat-cache.ts';
import type { Fingerprint } from './stat-columns.ts';

/** A file or directory of a context. */
export interface ContextNode {
  readonly contextPath: TreePath;
  /** Where the stat cache has it. */
  readonly row: StatRow;
  /** Its extended attributes, if they were asked for. */
  readonly readXattrs: Xattrs | undefined;
}

/** What the nodes of one context share. */
export interface ContextPlace {
  /** The context directory. */
  readonly directory: ByteString;
  readonly cache: StatCache;
}

/** The name of a node of a context. */
export interface ContextName {
  /** The path of the directory that holds it. */
  readonly parent: TreePath;
  readonly name: ByteString;
}

/**
 * A file of a context. There may be very many, so what is the same for all or can be worked out takes no memory in each:
 * its facts and its digest lie in the stat cache, its content is made for each reading.
 */
export class ContextFile implements FileNode, ContextNode, DigestedFile {
  readonly mode: number;
  readonly row: StatRow;
  readonly #place: ContextPlace;
  readonly #parent: TreePath;
  readonly #name: ByteString;
  #xattrs: Xattrs | undefined;

  constructor(place: ContextPlace, { parent, name }: ContextName, stats: BigIntStats) {
    this.#place = place;
    this.#parent = parent;
    this.#name = name;
    this.mode = modeOf(stats);
    this.row = place.cache.meet(this.contextPath, stats);
  }

  get kind(): 'file' {
    return 'file';
  }

  get uid(): number {
    return 0;
  }

  get gid(): number {
    return 0;
  }

  get mtimeNs(): bigint {
    return this.#place.cache.mtimeNs(this.row);
  }

  get sizeBytes(): number {
    return this.#place.cache.sizeBytes(this.row);
  }

  get digest(): Fingerprint | undefined {
    return this.#place.cache.digest(this.row);
  }

  set digest(digest: Fingerprint | undefined) {
    this.#place.cache.setDigest(this.row, digest);
  }

  get contextPath(): TreePath {
    return joinPath(this.#parent, this.#name);
  }

  get hostName(): ByteString {
    return hostName(this.#place, this.contextPath);
  }

  /** A reading of the file that begins anew; what it digests is kept here. */
  get content(): ContextContent {
    return new ContextContent(this);
  }

  get readXattrs(): Xattrs | undefined {
    return this.#xattrs;
  }

  get xattrs(): Xattrs {
    this.#xattrs ??= portableXattrs(this.hostName);
    return this.#xattrs;
  }
}

/** The path on the host of what is at `path` in the context. */
export function hostName({ directory }: ContextPlace, path: TreePath): ByteString {
  return `${directory}/${path}` as ByteString;
}

export function modeOf(stats: BigIntStats): number {
  return Number(stats.mode & 0o7777n);
}

/** Attributes that travel; labels and access lists of the building machine mean nothing in an image. */
export function portableXattrs(file: ByteString): Xattrs {
  const all = lgetxattrs(file);
  if (all.size === 0) return NO_XATTRS;
  const kept = [...all].filter(([name]) => name.startsWith('user.') || name === 'security.capability');
  return kept.length === 0 ? NO_XATTRS : new Map(kept);
}

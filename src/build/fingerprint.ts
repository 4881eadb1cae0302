import { createHash, hash as hashOnce } from 'node:crypto';
import { compareBytes } from '../bytes/index.ts';
import {
  type Content,
  type DirectoryNode,
  type FileNode,
  forEachChunk,
  type Node,
  type Xattrs,
} from '../tree/index.ts';
import { ContextFile, type ContextNode } from './context-file.ts';
import type { StatCache } from './stat-cache.ts';
import type { Fingerprint } from './stat-columns.ts';

const BUFFER_BYTES = 1 << 20;
const NOTHING = hashOnce('sha256', '', 'latin1') as Fingerprint;

/**
 * What files and directories hold beside names, modes and owners, as digests: a file's bytes, and extended attributes.
 * A file of the context is only read if the stat cache does not know it as it is now.
 */
export class Fingerprints {
  readonly #cache: StatCache;
  readonly #takenNs: bigint;
  readonly #ofContents = new WeakMap<Content, Fingerprint>();
  #buffer: Buffer | undefined;

  /** `takenNs`: a time before any of the nodes was looked at. */
  constructor(cache: StatCache, takenNs: bigint) {
    this.#cache = cache;
    this.#takenNs = takenNs;
  }

  of(node: FileNode | DirectoryNode): Fingerprint {
    const context = asContextNode(node);
    // What was read for a layer counts, whatever the file was when it was read for a key.
    const read = node instanceof ContextFile ? node.digest : undefined;
    const isRead = read !== undefined || context?.readXattrs !== undefined;
    const known = context === undefined || isRead ? undefined : this.#cache.fingerprint(context.row);
    if (known !== undefined) return known;
    const content = node.kind === 'file' ? (read ?? this.#ofContent(node)) : NOTHING;
    const fingerprint = withXattrs(content, node.xattrs);
    if (context !== undefined) this.#cache.remember(context.row, fingerprint, this.#takenNs);
    return fingerprint;
  }

  #ofContent(node: FileNode): Fingerprint {
    this.#buffer ??= Buffer.allocUnsafe(BUFFER_BYTES);
    if (node instanceof ContextFile) {
      // It is digested while it is read; a file without bytes never is.
      forEachChunk(node.content, this.#buffer, () => {});
      return node.digest ?? NOTHING;
    }
    const { content } = node;
    const known = this.#ofContents.get(content);
    if (known !== undefined) return known;
    const digest = digestOf(content, this.#buffer);
    this.#ofContents.set(content, digest);
    return digest;
  }
}

function digestOf(content: Content, buffer: Buffer): Fingerprint {
  const hash = createHash('sha256');
  forEachChunk(content, buffer, (chunk) => hash.update(chunk));
  return hash.digest('latin1') as Fingerprint;
}

function asContextNode(node: Node): ContextNode | undefined {
  return 'contextPath' in node ? (node as Node & ContextNode) : undefined;
}

function withXattrs(content: Fingerprint, xattrs: Xattrs): Fingerprint {
  if (xattrs.size === 0) return content;
  const hash = createHash('sha256').update(content, 'latin1');
  for (const [name, value] of [...xattrs].sort(([left], [right]) => compareBytes(left, right))) {
    hash.update(`${name}\0${value.length}\0`, 'latin1').update(value);
  }
  return hash.digest('latin1') as Fingerprint;
}

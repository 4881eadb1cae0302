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
import type { ContextNode } from './context.ts';
import { ContextContent } from './context-content.ts';
import type { Fingerprint, StatCache } from './stat-cache.ts';

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
    const read = node.kind === 'file' && node.content instanceof ContextContent ? node.content.digest : undefined;
    if (read === undefined && context !== undefined && 'fingerprint' in context.memory)
      return context.memory.fingerprint;
    const content = node.kind === 'file' ? (read ?? this.#ofContent(node.content)) : NOTHING;
    const fingerprint = withXattrs(content, node.xattrs);
    if (context !== undefined && 'facts' in context.memory) {
      this.#cache.remember(context.contextPath, context.memory.facts, { fingerprint, takenNs: this.#takenNs });
    }
    return fingerprint;
  }

  #ofContent(content: Content): Fingerprint {
    const known = this.#ofContents.get(content);
    if (known !== undefined) return known;
    const digest = this.#digestOf(content);
    this.#ofContents.set(content, digest);
    return digest;
  }

  #digestOf(content: Content): Fingerprint {
    this.#buffer ??= Buffer.allocUnsafe(BUFFER_BYTES);
    if (content instanceof ContextContent) {
      // It digests what it gives out; a file without bytes is never read.
      forEachChunk(content, this.#buffer, () => {});
      return content.digest ?? NOTHING;
    }
    const hash = createHash('sha256');
    forEachChunk(content, this.#buffer, (chunk) => hash.update(chunk));
    return hash.digest('latin1') as Fingerprint;
  }
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

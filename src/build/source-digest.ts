import { createHash } from 'node:crypto';
import type { ByteString } from '../bytes/index.ts';
import { type Digest, finishDigest } from '../bytes/index.ts';
import { type DirectoryNode, linkedNodes, type Node, sortedChildren } from '../tree/index.ts';
import type { CopySource } from './copy-source.ts';
import type { Fingerprints } from './fingerprint.ts';
import { type Listing, TextsEncoder } from './listing.ts';

/** The content that a COPY or ADD reads. */
export interface SourceDigest {
  /** Over names, kinds, modes, owners, link targets, hard links, extended attributes and bytes; not over times. */
  readonly digest: Digest;
  /** Absent unless it was asked for. */
  readonly listing?: Listing;
}

/** Enough of a fingerprint to tell two files apart in a listing. */
const FACT_CHARACTERS = 12;
const PART_ENTRIES = 1024;

/** How the content of a step is worked out. */
export interface DigestOptions {
  readonly withListing: boolean;
}

/** The digest of all that `sources` hold. Equal sources give equal digests, wherever they come from. */
export function digestSources(
  sources: readonly CopySource[],
  fingerprints: Fingerprints,
  { withListing }: DigestOptions,
): SourceDigest {
  const walk = new SourceWalk(fingerprints, withListing);
  for (const source of sources) walk.source(source);
  return walk.finish();
}

class SourceWalk {
  readonly #fingerprints: Fingerprints;
  readonly #hash = createHash('sha256');
  readonly #listing: { readonly paths: TextsEncoder; readonly facts: TextsEncoder } | undefined;
  #part: string[] = [];
  /** The nodes with several names in one source, and the first path of each: BuildKit keeps hard links within a source. */
  #linked: ReadonlySet<Node> = new Set();
  readonly #firstPaths = new Map<Node, ByteString>();

  constructor(fingerprints: Fingerprints, withListing: boolean) {
    this.#fingerprints = fingerprints;
    this.#listing = withListing ? { paths: new TextsEncoder(), facts: new TextsEncoder() } : undefined;
  }

  source({ name, path, node }: CopySource): void {
    this.#firstPaths.clear();
    if (node.kind !== 'directory') {
      this.#node(path, node, name);
      return;
    }
    // Of a directory only what is in it is copied: neither its name nor its attributes.
    this.#part.push('\0');
    this.#linked = linkedNodes(node);
    this.#children(path, node, '' as ByteString);
  }

  finish(): SourceDigest {
    this.#flush();
    const digest = finishDigest(this.#hash);
    if (this.#listing === undefined) return { digest };
    const { paths, facts } = this.#listing;
    return { digest, listing: { paths: paths.finish(), facts: facts.finish() } };
  }

  #children(path: ByteString, directory: DirectoryNode, relative: ByteString): void {
    for (const [name, node] of sortedChildren(directory)) {
      const childPath = (path === '' ? name : `${path}/${name}`) as ByteString;
      const childRelative = `${relative}/${name}` as ByteString;
      this.#node(childPath, node, childRelative);
      if (node.kind === 'directory') this.#children(childPath, node, childRelative);
    }
  }

  #node(path: ByteString, node: Node, relative: string): void {
    const attributes = `${node.kind} ${node.mode.toString(8)} ${node.uid} ${node.gid}`;
    const substance = this.#substance(node, relative as ByteString);
    this.#listing?.paths.add(path);
    this.#listing?.facts.add(`${attributes} ${substance.slice(0, FACT_CHARACTERS)}`);
    this.#part.push(`${relative}\0${attributes}\0${substance}\0`);
    if (this.#part.length >= PART_ENTRIES) this.#flush();
  }

  #substance(node: Node, relative: ByteString): string {
    if (this.#linked.has(node)) {
      const first = this.#firstPaths.get(node);
      if (first !== undefined) return `link ${first}`;
      this.#firstPaths.set(node, relative);
    }
    switch (node.kind) {
      case 'file':
      case 'directory':
        return this.#fingerprints.of(node);
      case 'symlink':
        return node.target;
      case 'character':
      case 'block':
        return `${node.major}:${node.minor}`;
      case 'fifo':
        return '';
    }
  }

  #flush(): void {
    this.#hash.update(this.#part.join(''), 'latin1');
    this.#part = [];
  }
}

/** The newest mtime of the files that `sources` hold; directories change theirs with every name in them. */
export function newestTime(sources: readonly CopySource[]): bigint {
  let newestNs = 0n;
  const left: Node[] = sources.map(({ node }) => node);
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (node.kind === 'directory') left.push(...node.children.values());
    else if (node.mtimeNs > newestNs) newestNs = node.mtimeNs;
  }
  return newestNs;
}

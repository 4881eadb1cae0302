import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type ChainId, chainId, type DiffId, type Digest, digestHex } from '../bytes/index.ts';
import { isPlinthError } from '../errors/index.ts';
import {
  type Descriptor,
  DOCUMENT_LIMIT_BYTES,
  isConfigType,
  isIndexType,
  isManifestType,
  parseImageConfig,
  parseIndex,
  parseManifest,
} from '../oci/index.ts';
import type { BlobStore } from './blob-store.ts';
import { reading } from './error.ts';
import { readOptionalFile } from './store-files.ts';

/** What must be kept: everything that can be reached from index.json and from the records of containers. */
export interface Reachable {
  readonly blobs: ReadonlySet<Digest>;
  /** Names of snapshots, in hex: every layer and every chain of layers of an image, and all that containers name. */
  readonly snapshots: ReadonlySet<string>;
}

type Kind = 'index' | 'manifest' | 'config' | 'unknown' | 'other';

/** Follows images from the digests given down to their layers. A blob that is missing or damaged leads nowhere. */
export class ReachableFinder implements Reachable {
  readonly blobs: Set<Digest> = new Set();
  readonly snapshots: Set<string> = new Set();
  readonly #blobs: BlobStore;

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
  }

  /** Adds what a descriptor names, of whatever type it says it is. */
  addDescriptor({ digest, mediaType }: Pick<Descriptor, 'digest' | 'mediaType'>): void {
    this.#add(digest, kindOf(mediaType));
  }

  /** Adds what is found in the files of a container: digests and names of snapshots. */
  addNames(names: Iterable<string>): void {
    for (const hex of names) {
      this.snapshots.add(hex);
      this.#add(`sha256:${hex}` as Digest, 'unknown');
    }
  }

  #add(digest: Digest, kind: Kind): void {
    if (this.blobs.has(digest)) return;
    this.blobs.add(digest);
    if (kind === 'other') return;
    if ((statSync(this.#blobs.path(digest), { throwIfNoEntry: false })?.size ?? Infinity) > DOCUMENT_LIMIT_BYTES)
      return;
    const bytes = orNothing(() => this.#blobs.readAll(digest));
    if (bytes === undefined) return;
    if (kind === 'index' || kind === 'unknown') this.#addIndex(bytes);
    if (kind === 'manifest' || kind === 'unknown') this.#addManifest(bytes);
    if (kind === 'config' || kind === 'unknown') this.#addConfig(bytes);
  }

  #addIndex(bytes: Buffer): void {
    for (const child of orNothing(() => parseIndex(bytes))?.manifests ?? []) this.addDescriptor(child);
  }

  #addManifest(bytes: Buffer): void {
    const manifest = orNothing(() => parseManifest(bytes));
    if (manifest === undefined) return;
    this.addDescriptor(manifest.config);
    for (const layer of manifest.layers) this.#add(layer.digest, 'other');
  }

  /** A layer that came compressed is kept under both digests; only the configuration names the uncompressed one. */
  #addConfig(bytes: Buffer): void {
    let chain: ChainId | undefined;
    for (const diffId of orNothing(() => parseImageConfig(bytes))?.rootfs.diff_ids ?? []) {
      chain = chainId(chain, diffId);
      this.#add(diffId as DiffId as Digest, 'other');
      this.snapshots.add(digestHex(diffId)).add(digestHex(chain));
    }
  }
}

function kindOf(mediaType: string): Kind {
  if (isIndexType(mediaType)) return 'index';
  if (isManifestType(mediaType)) return 'manifest';
  return isConfigType(mediaType) ? 'config' : 'other';
}

function orNothing<Result>(act: () => Result): Result | undefined {
  try {
    return act();
  } catch (error) {
    // What cannot be read at all might lead somewhere: then nothing may be removed.
    if (isPlinthError(error) && error.code !== 'store-unreadable') return undefined;
    throw error;
  }
}

const HEX_NAME = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g;
const RECORD_LIMIT_BYTES = 4 << 20;

/**
 * Every run of 64 hex digits in the JSON files of `containers/ID/`: digests of images and layers, names of snapshots.
 * What form the files have is up to the container room; what they name is kept.
 */
export function namesInContainers(containers: string): Set<string> {
  const names = new Set<string>();
  for (const id of listDirectory(containers)) {
    const directory = join(containers, id);
    for (const file of listDirectory(directory)) {
      if (!file.endsWith('.json')) continue;
      const path = join(directory, file);
      if ((statSync(path, { throwIfNoEntry: false })?.size ?? Infinity) > RECORD_LIMIT_BYTES) continue;
      for (const [hex] of (readOptionalFile(path)?.toString('latin1') ?? '').matchAll(HEX_NAME)) names.add(hex);
    }
  }
  return names;
}

/** The names in a directory; none if it is not there or no directory. */
export function listDirectory(path: string): string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return reading(path, () => readdirSync(path)).sort();
}

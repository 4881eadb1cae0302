import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { decodeTarIndex } from '../archive/index.ts';
import { type DiffId, type Digest, finishDigest } from '../bytes/index.ts';
import { isPlinthError } from '../errors/index.ts';
import {
  isIndexType,
  layerCompression,
  type Manifest,
  parseImageConfig,
  parseIndex,
  parseManifest,
} from '../oci/index.ts';
import { imageEntries } from './image.ts';
import { listDirectory } from './reachable.ts';
import type { Store } from './store.ts';
import { readOptionalFile } from './store-files.ts';
import { listBlobs } from './sweep.ts';

/** One thing that is wrong with a store. */
export type Finding =
  /** The bytes of a blob have another digest: `actual`. */
  | { readonly kind: 'blob-corrupt'; readonly digest: Digest; readonly actual: Digest }
  | { readonly kind: 'blob-unreadable'; readonly digest: Digest; readonly reason: string }
  /** A blob that an image needs is not there. */
  | { readonly kind: 'blob-missing'; readonly digest: Digest; readonly image: string }
  /** A blob has another size than a descriptor says. */
  | {
      readonly kind: 'size-wrong';
      readonly digest: Digest;
      readonly image: string;
      readonly expected: number;
      readonly actual: number;
    }
  /** A manifest, index or configuration cannot be read, or they contradict each other. */
  | { readonly kind: 'image-invalid'; readonly digest: Digest; readonly image: string; readonly reason: string }
  /** The index of a layer is damaged; it is made again when the layer is next read. */
  | { readonly kind: 'layer-index-corrupt'; readonly digest: Digest }
  /** A file among the blobs whose name is no digest. */
  | { readonly kind: 'stray-file'; readonly name: string };

export interface VerifyOptions {
  readonly signal?: AbortSignal;
  /** Told after every piece read. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
}

const CHUNK_BYTES = 4 << 20;

/**
 * Reads everything again and compares: every blob with its digest, every image down to its layers.
 * Changes nothing and takes no lock; a blob that another process removes meanwhile is not reported as damaged.
 *
 * @throws PlinthError `store-invalid` if index.json itself cannot be read
 */
export async function verifyStore(store: Store, options: VerifyOptions = {}): Promise<Finding[]> {
  const findings: Finding[] = [];
  const strays = listDirectory(store.paths.blobs).filter((name) => !/^[0-9a-f]{64}$/.test(name));
  findings.push(...strays.map((name) => ({ kind: 'stray-file' as const, name })));
  findings.push(...(await verifyBlobs(store, options)));
  for (const { digest, mediaType, names } of imageEntries(store.index.read())) {
    findings.push(...verifyEntry(store, { digest, mediaType }, names[0] ?? digest));
  }
  findings.push(...verifyLayerIndexes(store));
  return findings;
}

async function verifyBlobs(store: Store, { signal, onProgress }: VerifyOptions): Promise<Finding[]> {
  const findings: Finding[] = [];
  const blobs = listBlobs(store).filter((digest) => store.blobs.has(digest));
  const totalBytes = blobs.reduce((total, digest) => total + sizeOrZero(store, digest), 0);
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let doneBytes = 0;
  for (const digest of blobs) {
    try {
      using blob = store.blobs.open(digest);
      const hash = createHash('sha256');
      for (let position = 0, count = 1; count > 0; position += count) {
        count = blob.read(chunk, position);
        hash.update(chunk.subarray(0, count));
        doneBytes += count;
        await nextTurn(undefined, signal === undefined ? {} : { signal });
        onProgress?.(doneBytes, totalBytes);
      }
      const actual = finishDigest(hash);
      if (actual !== digest) findings.push({ kind: 'blob-corrupt', digest, actual });
    } catch (error) {
      if (!isPlinthError(error)) throw error;
      if (error.code !== 'blob-missing') findings.push({ kind: 'blob-unreadable', digest, reason: error.message });
    }
  }
  return findings;
}

function sizeOrZero(store: Store, digest: Digest): number {
  return store.blobs.has(digest) ? store.blobs.sizeOf(digest) : 0;
}

type Entry = { readonly digest: Digest; readonly mediaType: string };

function verifyEntry(store: Store, { digest, mediaType }: Entry, image: string): Finding[] {
  if (!store.blobs.has(digest)) return [{ kind: 'blob-missing', digest, image }];
  try {
    if (!isIndexType(mediaType)) return verifyManifest(store, parseManifest(store.blobs.readAll(digest)), image);
    // An index may name platforms that were never fetched: those are no damage.
    const children = parseIndex(store.blobs.readAll(digest)).manifests.filter((child) => store.blobs.has(child.digest));
    return children.flatMap((child) => verifyEntry(store, child, image));
  } catch (error) {
    if (!isPlinthError(error)) throw error;
    return [{ kind: 'image-invalid', digest, image, reason: error.message }];
  }
}

function verifyManifest(store: Store, manifest: Manifest, image: string): Finding[] {
  const findings: Finding[] = [];
  for (const { digest, size } of [manifest.config, ...manifest.layers]) {
    const actual = store.blobs.has(digest) ? store.blobs.sizeOf(digest) : undefined;
    if (actual === undefined) findings.push({ kind: 'blob-missing', digest, image });
    else if (actual !== size) findings.push({ kind: 'size-wrong', digest, image, expected: size, actual });
  }
  if (findings.length > 0) return findings;
  const { diff_ids } = parseImageConfig(store.blobs.readAll(manifest.config.digest)).rootfs;
  for (const diffId of diff_ids) {
    if (!store.blobs.has(diffId)) findings.push({ kind: 'blob-missing', digest: diffId, image });
  }
  return [...findings, ...contradictions(manifest, diff_ids, image)];
}

function contradictions(manifest: Manifest, diffIds: readonly DiffId[], image: string): Finding[] {
  const wrong = manifest.layers.findIndex(
    ({ mediaType, digest }, index) => layerCompression(mediaType) === 'none' && digest !== diffIds[index],
  );
  if (manifest.layers.length === diffIds.length && wrong < 0) return [];
  const reason = `read image: its configuration names other layers than its manifest, from layer ${Math.max(wrong, 0)} on`;
  return [{ kind: 'image-invalid', digest: manifest.config.digest, image, reason }];
}

function verifyLayerIndexes(store: Store): Finding[] {
  return listDirectory(store.paths.layers).flatMap((name) => {
    const digest = `sha256:${name}` as Digest;
    const bytes = readOptionalFile(store.layers.indexPath(digest as DiffId));
    if (bytes === undefined) return [];
    try {
      decodeTarIndex(bytes);
      return [];
    } catch (error) {
      if (isPlinthError(error)) return [{ kind: 'layer-index-corrupt' as const, digest }];
      throw error;
    }
  });
}

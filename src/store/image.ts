import type { Digest } from '../bytes/index.ts';
import { isPlinthError, PlinthError } from '../errors/index.ts';
import {
  type Descriptor,
  familiarRepository,
  type ImageConfig,
  isConfigType,
  isIndexType,
  isManifestType,
  type Manifest,
  type Platform,
  parseImageConfig,
  parseIndex,
  parseManifest,
  platformDistance,
  platformOf,
} from '../oci/index.ts';
import type { BlobStore } from './blob-store.ts';
import type { StoreErrorCode } from './error.ts';
import { parsedOrNothing } from './familiar-name.ts';
import { nameOf } from './index-file.ts';

/** An image of the store. Immutable: a change makes another image. */
export interface StoredImage {
  readonly manifestDigest: Digest;
  /** Docker's image id. */
  readonly configDigest: Digest;
  readonly manifest: Manifest;
  readonly config: ImageConfig;
  /** As Docker shows them, `minios:latest`; empty for an image without name. */
  readonly names: readonly string[];
  /** Of all layers, uncompressed. */
  readonly sizeBytes: number;
  /** For an image of several platforms: the index that the names name, of which this is one image. */
  readonly indexDigest?: Digest;
}

/** How deep indexes may hold indexes. */
const INDEX_DEPTH_LIMIT = 4;

/** What stands behind one digest of index.json. */
export interface ImageEntry {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly names: readonly string[];
}

/** The descriptors of index.json with the names gathered for each digest, in their order. */
export function imageEntries(manifests: readonly Descriptor[]): ImageEntry[] {
  const entries = new Map<Digest, { digest: Digest; mediaType: string; names: string[] }>();
  for (const descriptor of manifests) {
    const { digest, mediaType } = descriptor;
    const name = nameOf(descriptor);
    const entry = entries.get(digest) ?? { digest, mediaType, names: [] };
    if (name !== undefined && !entry.names.includes(name)) entry.names.push(name);
    entries.set(digest, entry);
  }
  return [...entries.values()];
}

/**
 * Reads the image behind an entry; of an index, the image that is there and fits `platform` best, else the first there.
 *
 * @throws PlinthError `blob-missing`, `blob-corrupt`, `document-invalid`, `store-invalid`
 */
export function readImage(blobs: BlobStore, entry: ImageEntry, platform: Platform): StoredImage {
  if (!isIndexType(entry.mediaType)) return readOneImage(blobs, entry.digest, entry.names);
  const images = indexedManifests(blobs, entry.digest).map((digest) => readOneImage(blobs, digest, entry.names));
  const [best] = images
    .map((image) => ({ image, distance: platformDistance(platformOf(image.config), platform) ?? Number.MAX_VALUE }))
    .sort((left, right) => left.distance - right.distance);
  if (best === undefined) throw unsupported(entry.digest, 'names no image that is in the store');
  return { ...best.image, indexDigest: entry.digest };
}

/** The manifests of images that an index names and that are in the store, in its order; attestations are none. */
export function indexedManifests(blobs: BlobStore, digest: Digest, depth = 1): Digest[] {
  return parseIndex(blobs.readAll(digest)).manifests.flatMap((child) => {
    if (!blobs.has(child.digest)) return [];
    if (isManifestType(child.mediaType)) return isImage(blobs, child.digest) ? [child.digest] : [];
    if (!isIndexType(child.mediaType) || depth === INDEX_DEPTH_LIMIT) return [];
    return indexedManifests(blobs, child.digest, depth + 1);
  });
}

function isImage(blobs: BlobStore, digest: Digest): boolean {
  const { config, layers } = parseManifest(blobs.readAll(digest));
  if (!isConfigType(config.mediaType) || !blobs.has(config.digest)) return false;
  // Docker's attestations have an image's types, with layers that are statements.
  return layers.every((layer) => layer.mediaType.includes('tar'));
}

/** The digests that an image may be called by in records: of its index, manifests and configurations. */
export function imageDigests(
  blobs: BlobStore,
  { digest, mediaType }: Pick<ImageEntry, 'digest' | 'mediaType'>,
): Digest[] {
  try {
    if (!isIndexType(mediaType)) return [digest, parseManifest(blobs.readAll(digest)).config.digest];
    const manifests = indexedManifests(blobs, digest);
    return [digest, ...manifests.flatMap((child) => imageDigests(blobs, { digest: child, mediaType: '' }))];
  } catch (error) {
    if (isPlinthError(error)) return [digest];
    throw error;
  }
}

function readOneImage(blobs: BlobStore, digest: Digest, names: readonly string[]): StoredImage {
  const manifest = parseManifest(blobs.readAll(digest));
  if (!isConfigType(manifest.config.mediaType)) {
    throw unsupported(digest, `has a config of type ${manifest.config.mediaType.slice(0, 100)}, not an image's`);
  }
  const config = parseImageConfig(blobs.readAll(manifest.config.digest));
  const { diff_ids } = config.rootfs;
  const sizeBytes = diff_ids.reduce((sum, diffId) => sum + blobs.sizeOf(diffId), 0);
  return { manifestDigest: digest, configDigest: manifest.config.digest, manifest, config, names, sizeBytes };
}

function unsupported(digest: Digest, fact: string): PlinthError<StoreErrorCode> {
  return new PlinthError<StoreErrorCode>(`read image ${digest}: it ${fact}`, {
    code: 'store-invalid',
    hint: 'It is another kind of artifact, or was put there by another tool; remove it with that tool.',
    details: { digest },
  });
}

const ID = /^(?:sha256:)?([0-9a-f]{1,64})$/;

/** The hex part of an id or of a prefix of one; undefined if `text` cannot be one. */
export function idPrefix(text: string): string | undefined {
  return ID.exec(text)?.[1];
}

/** Whether `image` has an id (manifest, config or index digest) that begins with `prefix`. */
export function hasIdPrefix(image: StoredImage, prefix: string): boolean {
  const wanted = `sha256:${prefix}`;
  return [image.configDigest, image.manifestDigest, image.indexDigest].some((digest) => digest?.startsWith(wanted));
}

/** Whether `text` is a name of `image` with the digest of its content: `name@sha256:…`. */
export function hasNameAndDigest(image: StoredImage, text: string): boolean {
  const reference = parsedOrNothing(text);
  if (reference?.digest === undefined) return false;
  if (reference.digest !== image.manifestDigest && reference.digest !== image.indexDigest) return false;
  const repository = familiarRepository(reference);
  return image.names.some((name) => name.slice(0, name.lastIndexOf(':')) === repository);
}

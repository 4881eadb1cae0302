import { digestOf } from '../bytes/index.ts';
import { PlinthError } from '../errors/index.ts';
import {
  type Annotations,
  type Descriptor,
  definedMembers,
  encodeImageConfig,
  encodeManifest,
  familiarRepository,
  type ImageConfig,
  type Manifest,
  MEDIA_TYPES,
  type Platform,
  parseImageConfig,
  parseReference,
  type Reference,
  withDefaultTag,
} from '../oci/index.ts';
import { type BlobStore, missingBlob } from './blob-store.ts';
import type { StoreErrorCode } from './error.ts';
import { familiarName } from './familiar-name.ts';
import {
  hasIdPrefix,
  hasNameAndDigest,
  type ImageEntry,
  idPrefix,
  imageEntries,
  readImage,
  type StoredImage,
} from './image.ts';
import { type IndexFile, nameDescriptor, unnameDescriptor } from './index-file.ts';
import { nearNames } from './near-names.ts';

/** What an image is written with, beside its configuration. */
export interface WriteImageOptions {
  readonly annotations?: Annotations;
  /** Names to give it; they are taken from whatever had them. None: the image has no name, as after a build without tag. */
  readonly names?: readonly string[];
}

/** The images of a store. Readers take no lock; each change of names is one atomic replacement of index.json. */
export class ImageStore {
  readonly #blobs: BlobStore;
  readonly #index: IndexFile;
  /** Which image of an index is meant. */
  readonly #platform: Platform;

  constructor(blobs: BlobStore, index: IndexFile, platform: Platform) {
    this.#blobs = blobs;
    this.#index = index;
    this.#platform = platform;
  }

  /** All images that can be read, newest first. */
  list(): StoredImage[] {
    const images = imageEntries(this.#index.read()).flatMap((entry) => this.#readOrNothing(entry) ?? []);
    return images.sort((left, right) => createdMs(right) - createdMs(left));
  }

  /** The image with the name `text`; undefined if there is none. @throws PlinthError if it cannot be read */
  findNamed(
    text: string,
    { platform = this.#platform }: { readonly platform?: Platform } = {},
  ): StoredImage | undefined {
    const wanted = familiarName(text);
    const named = imageEntries(this.#index.read()).find(
      ({ names }) => names.includes(text) || (wanted !== undefined && names.includes(wanted)),
    );
    return named === undefined ? undefined : readImage(this.#blobs, named, platform);
  }

  /**
   * The image that `text` means: a name (`minios`, `minios:1.0`, `minios@sha256:…`), or an id or its first digits.
   *
   * @throws PlinthError `image-not-found` with near misses, `image-ambiguous`, and what a damaged image leads to
   */
  find(text: string, { platform = this.#platform }: { readonly platform?: Platform } = {}): StoredImage {
    const named = this.findNamed(text, { platform });
    if (named !== undefined) return named;
    const entries = imageEntries(this.#index.read());
    const images = entries.flatMap((entry) => this.#readOrNothing(entry, platform) ?? []);
    const byDigest = images.find((image) => hasNameAndDigest(image, text));
    if (byDigest !== undefined) return byDigest;
    const prefix = idPrefix(text);
    const found = prefix === undefined ? [] : images.filter((image) => hasIdPrefix(image, prefix));
    const [first] = found;
    if (first === undefined) throw notFound(text, images);
    if (found.length > 1) throw ambiguous(text, found);
    return first;
  }

  /**
   * Writes an image whose layers, `config.rootfs.diff_ids`, are in the store. If the image is there under these names
   * already, nothing is written, synced or locked.
   *
   * @throws PlinthError `blob-missing` (a layer), `reference-invalid`, `image-name-digest`, `disk-full`, `store-unwritable`
   */
  write(config: ImageConfig, options: WriteImageOptions = {}): StoredImage {
    return this.#write(config, encodeImageConfig(config), options);
  }

  /** Like {@link write}, with the configuration in the bytes that another tool gave it, so that the image keeps its id. */
  writeConfigBytes(configBytes: Buffer, options: WriteImageOptions = {}): StoredImage {
    return this.#write(parseImageConfig(configBytes), configBytes, options);
  }

  /**
   * Names an image or index whose blobs are all in the store.
   *
   * @throws PlinthError `blob-missing`, `reference-invalid`, `image-name-digest`
   */
  name(target: Descriptor, names: readonly string[]): void {
    this.#put(target, names.map(parseImageName), []);
  }

  /** Gives the image that `source` means one more name. @throws PlinthError like {@link find} and {@link write} */
  tag(source: string, name: string): StoredImage {
    const image = this.find(source);
    const digest = image.indexDigest ?? image.manifestDigest;
    const target = this.#index.read().find((descriptor) => descriptor.digest === digest);
    if (target === undefined) throw notFound(source, []);
    this.#put(target, [parseImageName(name)], []);
    return this.find(name);
  }

  /** Takes a name away; an image that loses its last one stays without. @throws PlinthError `image-not-found` */
  untag(name: string): void {
    const wanted = familiarName(name) ?? name;
    let found = false;
    this.#index.update((manifests) => {
      const changed = unnameDescriptor(manifests, wanted);
      found = changed !== manifests;
      return changed;
    });
    if (!found) throw notFound(name, this.list());
  }

  /**
   * Takes the images that `choose` picks, with all their names, out of index.json, and returns them; their blobs stay.
   * Chosen under the lock, so that one that gets a name at this moment is not lost. For `removeImage` and `pruneStore`.
   */
  forget(choose: (entry: ImageEntry) => boolean): ImageEntry[] {
    let chosen: ImageEntry[] = [];
    this.#index.update((manifests) => {
      chosen = imageEntries(manifests).filter(choose);
      const digests = new Set(chosen.map(({ digest }) => digest));
      return digests.size === 0 ? manifests : manifests.filter(({ digest }) => !digests.has(digest));
    });
    return chosen;
  }

  #write(config: ImageConfig, configBytes: Buffer, { annotations, names = [] }: WriteImageOptions): StoredImage {
    const references = names.map(parseImageName);
    const layers = config.rootfs.diff_ids.map((digest) => {
      return { mediaType: MEDIA_TYPES.layer, digest, size: this.#blobs.sizeOf(digest) };
    });
    const configDigest = digestOf(configBytes);
    const manifest = definedMembers<Manifest>({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.manifest,
      config: { mediaType: MEDIA_TYPES.config, digest: configDigest, size: configBytes.length },
      layers,
      annotations,
    });
    const bytes = encodeManifest(manifest);
    const target = { mediaType: MEDIA_TYPES.manifest, digest: digestOf(bytes), size: bytes.length };
    const manifests = this.#put(target, references, [configBytes, bytes]);
    const entry = imageEntries(manifests).find(({ digest }) => digest === target.digest);
    const sizeBytes = layers.reduce((sum, layer) => sum + layer.size, 0);
    return { manifestDigest: target.digest, configDigest, manifest, config, names: entry?.names ?? [], sizeBytes };
  }

  #put(target: Descriptor, names: readonly Reference[], documents: readonly Buffer[]): readonly Descriptor[] {
    const present = this.#index.read();
    if (this.#blobs.has(target.digest) && nameDescriptor(present, target, names) === present) return present;
    let changed = present;
    this.#index.update((manifests) => {
      for (const document of documents) this.#blobs.put(document);
      this.#checkComplete(target);
      changed = nameDescriptor(manifests, target, names);
      return changed;
    });
    return changed;
  }

  /** Under the lock that prune takes too, so that nothing is named that is being removed. */
  #checkComplete(target: Descriptor): void {
    const image = readImage(this.#blobs, { ...target, names: [] }, this.#platform);
    const missing = image.manifest.layers.find((layer) => !this.#blobs.has(layer.digest));
    if (missing !== undefined) throw missingBlob(missing.digest);
  }

  #readOrNothing(entry: ImageEntry, platform = this.#platform): StoredImage | undefined {
    try {
      return readImage(this.#blobs, entry, platform);
    } catch (error) {
      // One damaged image must not hide the others; verify() names it.
      if (error instanceof PlinthError) return undefined;
      throw error;
    }
  }
}

/**
 * A name to give to an image, with a tag.
 *
 * @throws PlinthError `reference-invalid`, `image-name-digest`
 */
export function parseImageName(text: string): Reference {
  const reference = withDefaultTag(parseReference(text));
  if (familiarRepository(reference) === 'sha256') {
    throw new PlinthError<StoreErrorCode>(`name image: ${text.slice(0, 300)} would read as a digest`, {
      code: 'image-name-digest',
      hint: 'Give it a name other than sha256.',
    });
  }
  if (reference.digest === undefined) return reference;
  throw new PlinthError<StoreErrorCode>(`name image: ${text.slice(0, 300)} has a digest`, {
    code: 'image-name-digest',
    hint: 'Give a name with a tag, like name:tag; the digest follows from the content.',
  });
}

function createdMs(image: StoredImage): number {
  const timeMs = Date.parse(image.config.created ?? '');
  return Number.isNaN(timeMs) ? 0 : timeMs;
}

function notFound(text: string, images: readonly StoredImage[]): PlinthError<StoreErrorCode> {
  const near = nearNames(
    text,
    images.flatMap((image) => image.names),
  );
  return new PlinthError<StoreErrorCode>(`find image ${text.slice(0, 300)}: there is none with this name or id`, {
    code: 'image-not-found',
    hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'plinth images lists what is there.',
    details: { name: text, near },
  });
}

function ambiguous(text: string, images: readonly StoredImage[]): PlinthError<StoreErrorCode> {
  const ids = images.map((image) => image.configDigest);
  return new PlinthError<StoreErrorCode>(`find image ${text}: ${images.length} images have ids that begin so`, {
    code: 'image-ambiguous',
    hint: `Give more digits: ${ids.map((id) => id.slice(7, 27)).join(', ')}.`,
    details: { ids },
  });
}

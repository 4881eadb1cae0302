import { compress } from '../archive/index.ts';
import { type Digest, digestOf } from '../bytes/index.ts';
import {
  type Descriptor,
  encodeIndex,
  encodeManifest,
  isIndexType,
  isManifestType,
  LAYOUT_FILE,
  layerCompression,
  MEDIA_TYPES,
  parseIndex,
  parseManifest,
} from '../oci/index.ts';
import type { BlobWriter } from './blob-writer.ts';
import { namedDescriptors } from './index-file.ts';
import { type ArchiveFile, archiveStream, blobFile, type SaveOptions, sourceChunks } from './save-archive.ts';
import { type SelectedImage, selectImages } from './select-images.ts';
import type { Store } from './store.ts';

export interface SaveOciOptions extends SaveOptions {
  /** Compresses layers that are not compressed; default: all stay as they are. */
  readonly compression?: 'gzip' | 'zstd';
}

/**
 * Images as an OCI archive: a tar of an image layout. Without `compression`, manifests, and indexes with every platform
 * that is in the store, keep their digests. The same images give the same bytes.
 *
 * @throws PlinthError `image-not-found`, `image-ambiguous`, `blob-missing`, `disk-full`
 */
export async function* saveOci(
  store: Store,
  namesOrIds: readonly string[],
  { compression, ...options }: SaveOciOptions = {},
): AsyncGenerator<Uint8Array> {
  using draft = new OciDraft(store);
  for (const selected of selectImages(store, namesOrIds)) {
    if (compression === undefined) draft.addImage(selected);
    else await draft.addCompressed(selected, compression, options.signal);
  }
  yield* archiveStream(store.blobs, draft.files(), options);
}

const COMPRESSED_TYPES = { gzip: MEDIA_TYPES.layerGzip, zstd: MEDIA_TYPES.layerZstd } as const;

/** Gathers the blobs of an archive; compressed layers lie in tmp/ until it is disposed. */
class OciDraft implements Disposable {
  readonly #store: Store;
  readonly #descriptors: Descriptor[] = [];
  readonly #files = new Map<string, ArchiveFile>();
  readonly #writers = new Map<Digest, BlobWriter>();

  constructor(store: Store) {
    this.#store = store;
  }

  files(): ArchiveFile[] {
    const index = { schemaVersion: 2 as const, mediaType: MEDIA_TYPES.index, manifests: this.#descriptors };
    return [
      { path: 'oci-layout', bytes: LAYOUT_FILE },
      { path: 'index.json', bytes: encodeIndex(index) },
      ...this.#files.values(),
    ];
  }

  addImage({ image, names }: SelectedImage): void {
    const digest = image.indexDigest ?? image.manifestDigest;
    const target = this.#store.index.read().find((descriptor) => descriptor.digest === digest);
    if (target === undefined) return;
    this.#descriptors.push(...namedDescriptors(target, names));
    this.#addBlobs(target);
  }

  async addCompressed(
    { image, names }: SelectedImage,
    compression: 'gzip' | 'zstd',
    signal?: AbortSignal,
  ): Promise<void> {
    const layers: Descriptor[] = [];
    for (const layer of image.manifest.layers) {
      const isPlain = layerCompression(layer.mediaType) === 'none';
      if (!isPlain) this.#add(blobFile(layer.digest));
      layers.push(isPlain ? await this.#compressLayer(layer.digest, compression, signal) : layer);
    }
    this.#add(blobFile(image.configDigest));
    const config = { ...image.manifest.config, mediaType: MEDIA_TYPES.config };
    const bytes = encodeManifest({ ...image.manifest, mediaType: MEDIA_TYPES.manifest, config, layers });
    const digest = digestOf(bytes);
    this.#add({ path: blobFile(digest).path, bytes });
    this.#descriptors.push(...namedDescriptors({ mediaType: MEDIA_TYPES.manifest, digest, size: bytes.length }, names));
  }

  [Symbol.dispose](): void {
    for (const writer of this.#writers.values()) writer.abort();
  }

  #add(file: ArchiveFile): void {
    this.#files.set(file.path, file);
  }

  #addBlobs(target: Pick<Descriptor, 'digest' | 'mediaType'>): void {
    const { blobs } = this.#store;
    this.#add(blobFile(target.digest));
    if (isIndexType(target.mediaType)) {
      const children = parseIndex(blobs.readAll(target.digest)).manifests;
      for (const child of children) if (blobs.has(child.digest)) this.#addBlobs(child);
    } else if (isManifestType(target.mediaType)) {
      const { config, layers } = parseManifest(blobs.readAll(target.digest));
      for (const { digest } of [config, ...layers]) this.#add(blobFile(digest));
    }
  }

  async #compressLayer(digest: Digest, compression: 'gzip' | 'zstd', signal?: AbortSignal): Promise<Descriptor> {
    const writer = this.#writers.get(digest) ?? this.#store.blobs.create();
    if (!this.#writers.has(digest)) {
      this.#writers.set(digest, writer);
      for await (const chunk of compress(blobChunks(this.#store, digest), compression)) {
        signal?.throwIfAborted();
        writer.write(chunk);
      }
    }
    const summary = writer.seal();
    this.#add({ path: blobFile(summary.digest).path, file: writer.temporaryPath, sizeBytes: summary.sizeBytes });
    return { mediaType: COMPRESSED_TYPES[compression], digest: summary.digest, size: summary.sizeBytes };
  }
}

async function* blobChunks(store: Store, digest: Digest): AsyncGenerator<Uint8Array> {
  using blob = store.blobs.open(digest);
  yield* sourceChunks(blob);
}

import { type Digest, digestHex } from '../bytes/index.ts';
import { PlinthError } from '../errors/index.ts';
import {
  checkLayoutFile,
  type Descriptor,
  isConfigType,
  isIndexType,
  isManifestType,
  layerCompression,
  type Manifest,
  parseImageConfig,
  parseIndex,
  parseManifest,
} from '../oci/index.ts';
import type { StoreErrorCode } from './error.ts';
import type { StoredImage } from './image.ts';
import { parseImageName } from './image-store.ts';
import { nameOf, withoutName } from './index-file.ts';
import type { LoadContext } from './load.ts';
import { invalidArchive, StagedLayers } from './load-layer.ts';
import type { ImageFiles, StagedFile } from './staging.ts';
import type { Store } from './store.ts';

const MANIFESTS_LIMIT = 1000;
const DEPTH_LIMIT = 4;

/** Loads the images of an OCI image layout, blobs as they are: manifests keep their digests. See `loadImages`. */
export async function loadOciFiles(store: Store, files: ImageFiles, context: LoadContext): Promise<StoredImage[]> {
  checkLayoutFile((await files.find('oci-layout'))?.readAll() ?? Buffer.alloc(0));
  const indexFile = await files.find('index.json');
  if (indexFile === undefined) throw invalidArchive('index.json is missing');
  const { manifests } = parseIndex(indexFile.readAll(), 'index.json');
  using layers = new StagedLayers(store, context);
  const reader = new OciReader(files, layers);
  const targets = new Map<Digest, { readonly target: Descriptor; readonly names: string[] }>();
  for (const descriptor of manifests) {
    await reader.add(descriptor, 0);
    const entry = targets.get(descriptor.digest) ?? { target: withoutName(descriptor), names: [] };
    entry.names.push(...usableName(descriptor));
    targets.set(descriptor.digest, entry);
  }
  if (targets.size === 0) throw invalidArchive('index.json names no image');
  layers.commit();
  for (const file of reader.blobs.values()) file.writer.commit();
  for (const { target, names } of targets.values()) store.images.name(target, names);
  return [...targets.keys()].map((digest) => store.images.find(digest));
}

/** A name that is no reference, as umoci allows, is none that could be asked for; the image then has no name. */
function usableName(descriptor: Descriptor): string[] {
  const name = nameOf(descriptor);
  if (name === undefined) return [];
  try {
    parseImageName(name);
    return [name];
  } catch {
    return [];
  }
}

class OciReader {
  /** What is to be kept as it came, by digest. Uncompressed layers too: committing one twice does nothing. */
  readonly blobs: Map<Digest, StagedFile> = new Map();
  readonly #files: ImageFiles;
  readonly #layers: StagedLayers;
  #manifests = 0;

  constructor(files: ImageFiles, layers: StagedLayers) {
    this.#files = files;
    this.#layers = layers;
  }

  /** Verifies what a descriptor of an index names. Platforms that the archive lacks are left out, but not at the top. */
  async add(descriptor: Descriptor, depth: number): Promise<void> {
    if (++this.#manifests > MANIFESTS_LIMIT || depth > DEPTH_LIMIT)
      throw invalidArchive('its indexes hold too many images');
    if (depth > 0 && (await this.#files.find(blobPath(descriptor.digest))) === undefined) return;
    if (isIndexType(descriptor.mediaType)) {
      const index = parseIndex((await this.#blob(descriptor)).readAll());
      for (const child of index.manifests) await this.add(child, depth + 1);
    } else if (isManifestType(descriptor.mediaType)) {
      await this.#addManifest(parseManifest((await this.#blob(descriptor)).readAll()), depth);
    } else if (depth === 0) throw unsupported('index.json names', descriptor.mediaType);
    else await this.#blob(descriptor);
  }

  async #addManifest(manifest: Manifest, depth: number): Promise<void> {
    const config = await this.#blob(manifest.config);
    const foreign = [manifest.config, ...manifest.layers].find((descriptor, index) => {
      return index === 0 ? !isConfigType(descriptor.mediaType) : layerCompression(descriptor.mediaType) === undefined;
    });
    if (foreign !== undefined) {
      // Attestations beside an image are kept as they are; alone they are no image.
      if (depth === 0) throw unsupported('a manifest names', foreign.mediaType);
      for (const layer of manifest.layers) await this.#blob(layer);
      return;
    }
    const { diff_ids } = parseImageConfig(config.readAll()).rootfs;
    if (diff_ids.length !== manifest.layers.length) {
      throw invalidArchive(`a configuration has ${diff_ids.length} layers, its manifest ${manifest.layers.length}`);
    }
    for (const [index, diffId] of diff_ids.entries()) {
      const layer = manifest.layers[index];
      if (layer !== undefined) await this.#layers.add(await this.#blob(layer), diffId);
    }
  }

  async #blob(descriptor: Descriptor): Promise<StagedFile> {
    const file = await this.#files.find(blobPath(descriptor.digest));
    if (file === undefined) throw invalidArchive(`blob ${descriptor.digest} is missing`);
    const { digest, sizeBytes } = file.summary;
    if (digest !== descriptor.digest) throw corrupt(descriptor, `its digest is ${digest}`);
    if (sizeBytes !== descriptor.size) throw corrupt(descriptor, `it has ${sizeBytes} bytes, want ${descriptor.size}`);
    this.blobs.set(digest, file);
    return file;
  }
}

function blobPath(digest: Digest): string {
  return `blobs/sha256/${digestHex(digest)}`;
}

function corrupt(descriptor: Descriptor, fact: string): PlinthError<StoreErrorCode> {
  return new PlinthError<StoreErrorCode>(`read blob ${descriptor.digest}: ${fact}`, {
    code: 'blob-corrupt',
    hint: 'The archive is damaged or was changed: fetch or save it again.',
    details: { digest: descriptor.digest },
  });
}

function unsupported(where: string, mediaType: string): PlinthError<StoreErrorCode> {
  return new PlinthError<StoreErrorCode>(`read image archive: ${where} a ${JSON.stringify(mediaType.slice(0, 100))}`, {
    code: 'image-archive-invalid',
    hint: 'Only container images can be loaded, not other artifacts or encrypted layers.',
  });
}

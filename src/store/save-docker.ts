import { digestOf } from '../bytes/index.ts';
import {
  type Descriptor,
  definedMembers,
  encodeCanonicalJson,
  encodeDockerArchiveManifest,
  encodeIndex,
  encodeManifest,
  LAYOUT_FILE,
  type Manifest,
  MEDIA_TYPES,
} from '../oci/index.ts';
import type { StoredImage } from './image.ts';
import { namedDescriptors } from './index-file.ts';
import { type ArchiveFile, archiveStream, blobFile, type SaveOptions } from './save-archive.ts';
import { type SelectedImage, selectImages } from './select-images.ts';
import type { Store } from './store.ts';

/**
 * Images as a docker archive, as Docker ≥ 25 writes it: `manifest.json` beside an OCI image layout over the same blobs,
 * layers uncompressed. `docker load`, `podman load`, skopeo's `docker-archive:` and `oci-archive:` read it.
 * The same images give the same bytes.
 *
 * @throws PlinthError `image-not-found`, `image-ambiguous`, `blob-missing`, `store-unreadable`
 */
export function saveDocker(
  store: Store,
  namesOrIds: readonly string[],
  options: SaveOptions = {},
): AsyncGenerator<Uint8Array> {
  return archiveStream(store.blobs, dockerFiles(selectImages(store, namesOrIds), store), options);
}

function dockerFiles(selected: readonly SelectedImage[], store: Store): ArchiveFile[] {
  const blobs = new Map<string, ArchiveFile>();
  const add = (file: ArchiveFile): string => {
    blobs.set(file.path, file);
    return file.path;
  };
  const descriptors: Descriptor[] = [];
  const images = selected.map(({ image, names }) => {
    const bytes = encodeManifest(uncompressedManifest(image, store));
    const digest = digestOf(bytes);
    descriptors.push(...namedDescriptors({ mediaType: MEDIA_TYPES.manifest, digest, size: bytes.length }, names));
    add({ path: blobFile(digest).path, bytes });
    return {
      Config: add(blobFile(image.configDigest)),
      RepoTags: names,
      Layers: image.config.rootfs.diff_ids.map((diffId) => add(blobFile(diffId))),
    };
  });
  const index = { schemaVersion: 2 as const, mediaType: MEDIA_TYPES.index, manifests: descriptors };
  return [
    { path: 'oci-layout', bytes: LAYOUT_FILE },
    { path: 'index.json', bytes: encodeIndex(index) },
    { path: 'manifest.json', bytes: encodeDockerArchiveManifest(images) },
    { path: 'repositories', bytes: encodeCanonicalJson(repositories(selected)) },
    ...blobs.values(),
  ];
}

/** What readers older than `manifest.json` look for: repository → tag → id of the top layer. */
function repositories(selected: readonly SelectedImage[]): Record<string, Record<string, string>> {
  const found: Record<string, Record<string, string>> = {};
  for (const { image, names } of selected) {
    for (const name of names) {
      const colon = name.lastIndexOf(':');
      const tags = found[name.slice(0, colon)] ?? {};
      found[name.slice(0, colon)] = tags;
      tags[name.slice(colon + 1)] = (image.config.rootfs.diff_ids.at(-1) ?? image.configDigest).slice('sha256:'.length);
    }
  }
  return found;
}

/** The manifest of the image with its layers as they lie in the store, uncompressed. */
function uncompressedManifest(image: StoredImage, store: Store): Manifest {
  return definedMembers<Manifest>({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    config: { ...image.manifest.config, mediaType: MEDIA_TYPES.config },
    layers: image.config.rootfs.diff_ids.map((digest) => ({
      mediaType: MEDIA_TYPES.layer,
      digest,
      size: store.blobs.sizeOf(digest),
    })),
    annotations: image.manifest.annotations,
  });
}

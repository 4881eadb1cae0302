import type { DiffId, Digest } from '../bytes/index.ts';
import type { HistoryEntry, ProcessConfig } from '../oci/index.ts';
import type { StoredImage } from './image.ts';
import type { Store } from './store.ts';

/** What `docker image inspect` prints of an image, field for field. */
export interface InspectedImage {
  readonly Id: Digest;
  readonly RepoTags: readonly string[];
  readonly RepoDigests: readonly string[];
  readonly Parent: '';
  readonly Comment: string;
  readonly Created: string;
  readonly DockerVersion: string;
  readonly Author: string;
  readonly Config: ProcessConfig;
  readonly Architecture: string;
  readonly Variant?: string;
  readonly Os: string;
  readonly OsVersion?: string;
  /** In bytes, uncompressed. */
  readonly Size: number;
  readonly RootFS: { readonly Type: 'layers'; readonly Layers: readonly DiffId[] };
  readonly Descriptor: { readonly mediaType: string; readonly digest: Digest; readonly size: number };
}

/** The image as `docker image inspect` shows it. */
export function inspectImage(store: Store, image: StoredImage): InspectedImage {
  const { config, manifest } = image;
  const digest = image.indexDigest ?? image.manifestDigest;
  const repositories = new Set(image.names.map((name) => name.slice(0, name.lastIndexOf(':'))));
  const dockerVersion = config.raw?.docker_version;
  return {
    Id: image.configDigest,
    RepoTags: image.names,
    RepoDigests: [...repositories].map((repository) => `${repository}@${digest}`),
    Parent: '',
    Comment: config.history?.at(-1)?.comment ?? '',
    Created: config.created ?? '',
    DockerVersion: typeof dockerVersion === 'string' ? dockerVersion : '',
    Author: config.author ?? '',
    Config: config.config ?? {},
    Architecture: config.architecture,
    ...(config.variant === undefined ? {} : { Variant: config.variant }),
    Os: config.os,
    ...(config['os.version'] === undefined ? {} : { OsVersion: config['os.version'] }),
    Size: image.sizeBytes,
    RootFS: { Type: 'layers', Layers: config.rootfs.diff_ids },
    Descriptor: {
      mediaType: manifest.mediaType,
      digest: image.manifestDigest,
      size: store.blobs.sizeOf(image.manifestDigest),
    },
  };
}

/** One step of an image's making with the size of its layer. */
export interface HistoryRow extends HistoryEntry {
  readonly diffId?: DiffId;
  readonly sizeBytes: number;
}

/** How the image was made, the last step first, as `docker history` shows it. */
export function imageHistory(store: Store, image: StoredImage): HistoryRow[] {
  const diffIds = [...image.config.rootfs.diff_ids];
  const rows = (image.config.history ?? []).map((entry) =>
    layerRow(store, entry, entry.empty_layer ? undefined : diffIds.shift()),
  );
  // Layers that the history does not speak of are shown all the same.
  return [...rows, ...diffIds.map((diffId) => layerRow(store, {}, diffId))].reverse();
}

function layerRow(store: Store, entry: HistoryEntry, diffId: DiffId | undefined): HistoryRow {
  if (diffId === undefined) return { ...entry, sizeBytes: 0 };
  return { ...entry, diffId, sizeBytes: store.blobs.sizeOf(diffId) };
}

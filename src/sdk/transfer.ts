import { loadImages as loadStored, saveDocker, saveOci } from '../store/index.ts';
import { type Common, withStore } from './session.ts';

export interface SaveImagesOptions extends Common {
  /** Names or ids. */
  readonly images: readonly string[];
  /** `docker` (the default) is read by `docker load` and `podman load`, `oci` is an image layout in a tar. */
  readonly format?: 'docker' | 'oci';
  readonly write: (chunk: Uint8Array) => void;
  readonly signal?: AbortSignal;
}

/** Writes images as one archive. The same images give the same bytes. */
export async function saveImages(options: SaveImagesOptions): Promise<void> {
  const { images, format = 'docker', write, signal } = options;
  await withStore(options, async (store) => {
    const save = format === 'oci' ? saveOci : saveDocker;
    for await (const chunk of save(store, images, signal === undefined ? {} : { signal })) write(chunk);
  });
}

export interface LoadImagesOptions extends Common {
  /** A docker archive or an OCI archive, in any compression; or the path of an image layout. */
  readonly source: AsyncIterable<Uint8Array> | string;
  readonly signal?: AbortSignal;
}

/** Takes the images of an archive into the store, and returns their names, or ids where they have none. */
export function loadImages(options: LoadImagesOptions): Promise<readonly string[]> {
  const { source, signal } = options;
  return withStore(options, async (store) => {
    const from =
      typeof source === 'string'
        ? { kind: 'directory' as const, path: source }
        : { kind: 'archive' as const, chunks: source };
    const images = await loadStored(store, from, signal === undefined ? {} : { signal });
    return images.flatMap((image) => (image.names.length === 0 ? [image.configDigest] : image.names));
  });
}

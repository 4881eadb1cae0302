import { build } from '../build/index.ts';
import { PlinthError } from '../errors/index.ts';
import { parsePlatform } from '../oci/index.ts';
import { importTar, loadImages as loadStored, removeImage, saveDocker, saveOci } from '../store/index.ts';
import { Tree } from '../tree/index.ts';
import type { SdkErrorCode } from './error.ts';
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

export interface ImportImageOptions extends Common {
  /** The tar of a root file system, in any compression. */
  readonly source: AsyncIterable<Uint8Array>;
  readonly name?: string | undefined;
  /** Instructions of a Dockerfile that only configure: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, USER, VOLUME, WORKDIR, … */
  readonly changes?: readonly string[];
  /** Shown in the image's history. */
  readonly message?: string | undefined;
  /** Such as `linux/arm64`; absent: this machine's. */
  readonly platform?: string | undefined;
  readonly signal?: AbortSignal;
}

/** Makes an image of one layer from the tar of a root file system. The same tar gives the same image. */
export function importImage(options: ImportImageOptions): Promise<{ readonly imageId: string }> {
  const { source, name, changes = [], message, platform, signal } = options;
  const names = name === undefined ? [] : [name];
  return withStore(options, async (store) => {
    const imported = await importTar(store, source, {
      names: changes.length === 0 ? names : [],
      ...(message === undefined ? {} : { message }),
      ...(platform === undefined ? {} : { platform: parsePlatform(platform) }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (changes.length === 0) return { imageId: imported.configDigest };
    const text = [`FROM ${imported.configDigest}`, ...changes.map(checkChange)].join('\n');
    const { image } = await build(
      { context: new Tree(), dockerfile: { text }, names, platform: imported.config, signal },
      { store },
    );
    if (imported.names.length === 0) removeImage(store, imported.manifestDigest, { force: true });
    return { imageId: image.configDigest };
  });
}

const CONFIGURING = /^\s*(cmd|entrypoint|env|expose|healthcheck|label|onbuild|shell|stopsignal|user|volume|workdir)\s/i;

/** A change as it was given. @throws PlinthError `change-invalid` */
export function checkChange(text: string): string {
  if (CONFIGURING.test(text) && !/[\r\n]/.test(text.trim())) return text;
  throw new PlinthError<SdkErrorCode>(`apply change: ${JSON.stringify(text.slice(0, 200))} does not only configure`, {
    code: 'change-invalid',
    hint: 'Use CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, SHELL, STOPSIGNAL, USER, VOLUME or WORKDIR, one a change.',
  });
}

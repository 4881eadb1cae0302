import { statSync } from 'node:fs';
import { type ByteString, encodeText } from '../bytes/index.ts';
import { lazyTree } from '../host/index.ts';
import { type Platform, platformOf } from '../oci/index.ts';
import type { Store, StoredImage } from '../store/index.ts';
import type { Tree } from '../tree/index.ts';
import { isImageArchive, withArchivedImage } from './archived-image.ts';
import { type Common, withStore } from './session.ts';
import { isWrittenAsPath, openTree, sourceImage } from './tree-source.ts';

/** A root file system in which programs are looked for, and how its processes start. */
export interface RootSource {
  readonly tree: Tree;
  /** PATH, if the source says one. */
  readonly path?: ByteString;
  readonly cwd: ByteString;
  /** What an image is for. */
  readonly platform?: Platform;
  /** The image that it is, and its name: as it was given, or as an archive has it. */
  readonly image?: { readonly name: string; readonly stored: StoredImage };
}

export interface RootSourceOptions extends Common {
  /** A directory, an image of the store, an archive of one, or a tar. */
  readonly source: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Gives the root file system that `source` means to `use`. Of a directory only those files are read that are asked for,
 * so it may be the root of this machine.
 *
 * @throws PlinthError `disk-source-invalid`, `image-not-found`, and those of `archive/`, `tree/` and `host/`
 */
export function withRoot<Result>(
  options: RootSourceOptions,
  use: (root: RootSource) => Result | Promise<Result>,
): Promise<Result> {
  const { source, signal } = options;
  if (isWrittenAsPath(source) && isDirectory(source)) return Promise.resolve(use(directoryRoot(source)));
  return withStore(options, async (store) => {
    const image = sourceImage(store, source);
    if (image !== undefined) return use(imageRoot(store, image, source));
    if (isDirectory(source)) return use(directoryRoot(source));
    const open = await openTree(store, source, signal);
    try {
      if (!isImageArchive(open.tree)) return await use({ tree: open.tree, cwd: ROOT });
      return await withArchivedImage(
        source,
        (own, archived) => use(imageRoot(own, archived, archived.names[0] ?? source)),
        signal,
      );
    } finally {
      open.close();
    }
  });
}

const ROOT = '/' as ByteString;

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function directoryRoot(path: string): RootSource {
  return { tree: lazyTree(path), cwd: ROOT };
}

function imageRoot(store: Store, stored: StoredImage, name: string): RootSource {
  const { config } = stored;
  const path = config.config?.Env?.findLast((entry) => entry.startsWith('PATH='))?.slice('PATH='.length);
  return {
    tree: store.tree(config.rootfs.diff_ids),
    ...(path === undefined ? {} : { path: encodeText(path) }),
    cwd: encodeText(config.config?.WorkingDir || '/'),
    platform: platformOf(config),
    image: { name, stored },
  };
}

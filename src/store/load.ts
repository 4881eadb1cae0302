import { PlinthError } from '../errors/index.ts';
import type { StoreErrorCode } from './error.ts';
import { expand, LOAD_LIMITS, type LoadLimits } from './expand.ts';
import type { StoredImage } from './image.ts';
import { loadDockerFiles } from './load-docker.ts';
import { loadOciFiles } from './load-oci.ts';
import { type ImageFiles, StagedArchive, StagedDirectory } from './staging.ts';
import type { Store } from './store.ts';

/** Where images come from: the bytes of an archive in any compression, or an image layout as a directory. */
export type LoadSource =
  | { readonly kind: 'archive'; readonly chunks: AsyncIterable<Uint8Array> }
  | { readonly kind: 'directory'; readonly path: string };

export interface LoadOptions {
  readonly signal?: AbortSignal;
  readonly limits?: Partial<LoadLimits>;
  /** Told how many bytes of the archive, uncompressed, were read. */
  readonly onProgress?: (doneBytes: number) => void;
}

/**
 * Takes the images of a docker archive (of any Docker since 1.10, Podman, skopeo, ourselves), an OCI archive or an OCI
 * layout into the store under the names that it gives them. Everything is read and verified in tmp/ first: of an archive
 * that is refused nothing is left.
 *
 * @throws PlinthError `image-archive-invalid`, `image-archive-too-large`, `blob-corrupt`, `document-invalid`, `disk-full`,
 *   `store-busy`, and those of the archive and tree rooms for damaged tars and layers
 */
export async function loadImages(store: Store, source: LoadSource, options: LoadOptions = {}): Promise<StoredImage[]> {
  using _held = await store.hold(options.signal === undefined ? {} : { signal: options.signal });
  const limits = { ...LOAD_LIMITS, ...options.limits };
  if (source.kind === 'directory') {
    using files = new StagedDirectory(store, source.path);
    return await loadFiles(store, files, { ...options, limits });
  }
  using files = new StagedArchive(store, limits);
  let doneBytes = 0;
  for await (const chunk of expand(source.chunks, 'the archive', limits)) {
    options.signal?.throwIfAborted();
    files.push(chunk);
    doneBytes += chunk.length;
    options.onProgress?.(doneBytes);
  }
  files.finish();
  return await loadFiles(store, files, { ...options, limits });
}

/** What the reading of one archive needs beside its files. */
export interface LoadContext extends LoadOptions {
  readonly limits: LoadLimits;
}

/** An archive that is both, as new Dockers write, is read as an OCI layout: so manifests keep their digests. */
async function loadFiles(store: Store, files: ImageFiles, context: LoadContext): Promise<StoredImage[]> {
  if ((await files.find('oci-layout')) !== undefined) return await loadOciFiles(store, files, context);
  if ((await files.find('manifest.json')) !== undefined) return await loadDockerFiles(store, files, context);
  const isAncient = (await files.find('repositories')) !== undefined;
  throw new PlinthError<StoreErrorCode>('read image archive: it has neither manifest.json nor oci-layout', {
    code: 'image-archive-invalid',
    hint: isAncient
      ? 'It was made by a Docker older than 1.10: load it there and save it again with a newer one.'
      : 'If it holds the files of a root file system, use plinth import.',
  });
}

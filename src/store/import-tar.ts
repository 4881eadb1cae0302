import { PlinthError } from '../errors/index.ts';
import { definedMembers, type ImageConfig, type Platform, type ProcessConfig } from '../oci/index.ts';
import type { StoreErrorCode } from './error.ts';
import { expand, LOAD_LIMITS, type LoadLimits } from './expand.ts';
import type { StoredImage } from './image.ts';
import { parseImageName } from './image-store.ts';
import type { Store } from './store.ts';

export interface ImportOptions {
  readonly names?: readonly string[];
  /** What containers start with, as `--change` gives it. */
  readonly config?: ProcessConfig;
  readonly author?: string;
  /** Shown in the history; default: `Imported from -`, as Docker says. */
  readonly message?: string;
  /** RFC 3339; default: the newest time in the tar, so that the same tar gives the same image. */
  readonly created?: string;
  /** Default: the store's, that is this machine's. */
  readonly platform?: Platform;
  readonly signal?: AbortSignal;
  readonly limits?: Partial<LoadLimits>;
  /** Told how many bytes of the tar, uncompressed, were read. */
  readonly onProgress?: (doneBytes: number) => void;
}

/**
 * Makes an image of one layer from the tar of a root file system, in any compression. The tar becomes the layer as it
 * is, once its entries are found to make a root file system.
 *
 * @throws PlinthError `reference-invalid`, `image-archive-invalid`, `image-archive-too-large`, `disk-full`, and those of the archive and tree rooms
 */
export async function importTar(
  store: Store,
  chunks: AsyncIterable<Uint8Array>,
  options: ImportOptions = {},
): Promise<StoredImage> {
  const { names = [], message = 'Imported from -', platform = store.platform, author, signal } = options;
  names.forEach(parseImageName);
  using _held = await store.hold(signal === undefined ? {} : { signal });
  using writer = store.layers.create();
  for await (const chunk of expand(chunks, 'the tar', { ...LOAD_LIMITS, ...options.limits })) {
    signal?.throwIfAborted();
    writer.write(chunk);
    options.onProgress?.(writer.sizeBytes);
  }
  if (writer.sizeBytes === 0) {
    throw new PlinthError<StoreErrorCode>('import: the tar is empty', {
      code: 'image-archive-invalid',
      hint: 'If a command was to write it, see why that failed.',
    });
  }
  writer.check();
  writer.checkApplies();
  const { diffId } = writer.commit();
  const created = options.created ?? newestTime(store.layers.entries(diffId));
  const config = definedMembers<ImageConfig>({
    created,
    author,
    ...platform,
    config: options.config ?? {},
    rootfs: { type: 'layers', diff_ids: [diffId] },
    history: [{ created, comment: message }],
  });
  return store.images.write(config, { names });
}

/** The end of the year 9999, the last that RFC 3339 can write. */
const LAST_MS = 253_402_300_799_000;

function newestTime(entries: readonly { readonly mtimeNs: bigint }[]): string {
  const newestMs = entries.reduce((newest, { mtimeNs }) => Math.max(newest, Number(mtimeNs / 1_000_000n)), 0);
  return new Date(Math.min(newestMs, LAST_MS)).toISOString();
}

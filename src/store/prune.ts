import { type Digest, digestHex } from '../bytes/index.ts';
import { type ImageEntry, imageDigests } from './image.ts';
import type { WaitOptions } from './locks.ts';
import { namesInContainers, ReachableFinder } from './reachable.ts';
import type { Store } from './store.ts';
import {
  abandonedTemporaries,
  deadSnapshots,
  diskUsage,
  removeDirectory,
  retireSnapshot,
  type Swept,
  sweepBlobs,
  sweepLayerIndexes,
  sweepRecords,
} from './sweep.ts';

export interface PruneOptions extends WaitOptions {
  /** Also images that have names but no container, and every build record. */
  readonly all?: boolean;
  /** Removes a directory; the default cannot remove what belongs to subordinate ids. */
  readonly removeDirectory?: (path: string) => void | Promise<void>;
}

/** What {@link pruneStore} removed. */
export interface PruneReport {
  readonly images: readonly { readonly digest: Digest; readonly names: readonly string[] }[];
  readonly blobs: number;
  readonly layerIndexes: number;
  readonly records: number;
  readonly snapshots: number;
  readonly temporaries: number;
  readonly freedBytes: number;
}

/**
 * Removes what nothing needs: images without name and container, blobs that no image and no container reaches, layer
 * indexes, snapshots and build records without layers, files of processes that died. Waits until nobody writes.
 *
 * @throws PlinthError `store-busy`, `store-unwritable`, `store-unreadable` (then nothing it leads to was removed)
 */
export async function pruneStore(store: Store, options: PruneOptions = {}): Promise<PruneReport> {
  using _alone = await store.locks.holdAlone(options);
  const inContainers = namesInContainers(store.paths.containers);
  const images = store.images.forget(
    (entry) => (options.all || entry.names.length === 0) && !isNamed(store, entry, inContainers),
  );
  const { blobs, indexes, snapshots } = store.locks.withIndex(() => {
    const kept = new ReachableFinder(store.blobs);
    for (const descriptor of store.index.read()) kept.addDescriptor(descriptor);
    kept.addNames(inContainers);
    const swept = sweepBlobs(store, kept);
    return { blobs: swept, indexes: sweepLayerIndexes(store), snapshots: deadSnapshots(store, kept) };
  });
  const records = sweepRecords(store, options.all ?? false);
  const remove = options.removeDirectory ?? removeDirectory;
  const removedSnapshots = await removeAll(
    snapshots.map((name) => retireSnapshot(store, name)),
    remove,
  );
  const temporaries = await removeAll(abandonedTemporaries(store, Date.now()), remove);
  const parts = [blobs, indexes, records, removedSnapshots, temporaries];
  return {
    images: images.map(({ digest, names }) => ({ digest, names })),
    blobs: blobs.count,
    layerIndexes: indexes.count,
    records: records.count,
    snapshots: removedSnapshots.count,
    temporaries: temporaries.count,
    freedBytes: parts.reduce((total, part) => total + part.freedBytes, 0),
  };
}

/** Whether a container names the image, by the digest of its index, manifest or configuration. */
export function isNamed(
  store: Store,
  entry: Pick<ImageEntry, 'digest' | 'mediaType'>,
  names: ReadonlySet<string>,
): boolean {
  return names.size > 0 && imageDigests(store.blobs, entry).some((digest) => names.has(digestHex(digest)));
}

async function removeAll(
  paths: readonly string[],
  remove: NonNullable<PruneOptions['removeDirectory']>,
): Promise<Swept> {
  let freedBytes = 0;
  for (const path of paths) {
    freedBytes += diskUsage(path);
    await remove(path);
  }
  return { count: paths.length, freedBytes };
}

import { type Digest, digestHex } from '../bytes/index.ts';
import { isPlinthError } from '../errors/index.ts';
import { type ImageEntry, imageDigests, imageEntries } from './image.ts';
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
  sumSwept,
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
  const prune = { store, inContainers, remove: options.removeDirectory ?? removeDirectory };
  const isUnwanted = (entry: ImageEntry): boolean =>
    (options.all || entry.names.length === 0) && !isNamed(store, entry, inContainers);
  const { images, early } = await forgetImages(prune, isUnwanted);
  const late = await sweepGarbage(prune);
  const records = sweepRecords(store, options.all ?? false);
  const count = (kind: keyof Garbage): number => sumSwept([early?.[kind] ?? NOTHING, late[kind]]).count;
  return {
    images: images.map(({ digest, names }) => ({ digest, names })),
    blobs: count('blobs'),
    layerIndexes: count('indexes'),
    records: records.count,
    snapshots: count('snapshots'),
    temporaries: count('temporaries'),
    freedBytes: sumSwept([...Object.values(early ?? {}), ...Object.values(late), records]).freedBytes,
  };
}

interface Prune {
  readonly store: Store;
  readonly inContainers: ReadonlySet<string>;
  readonly remove: NonNullable<PruneOptions['removeDirectory']>;
}

/** What was removed, by kind. */
type Garbage = Readonly<Record<'blobs' | 'indexes' | 'snapshots' | 'temporaries', Swept>>;

/** On a full disk there is no room for an index.json without the images until other garbage is gone. */
async function forgetImages(
  prune: Prune,
  isUnwanted: (entry: ImageEntry) => boolean,
): Promise<{ readonly images: readonly ImageEntry[]; readonly early?: Garbage }> {
  const { images } = prune.store;
  try {
    return { images: images.forget(isUnwanted) };
  } catch (error) {
    if (!isPlinthError(error) || error.code !== 'disk-full') throw error;
    const early = await sweepGarbage(prune, isUnwanted);
    return { images: images.forget(isUnwanted), early };
  }
}

/**
 * Removes what nothing reaches. Of images that `isUnwanted` picks and that index.json still names, only that goes which
 * can be made again: the indexes and snapshots of their layers.
 */
async function sweepGarbage(
  { store, inContainers, remove }: Prune,
  isUnwanted: (entry: ImageEntry) => boolean = () => false,
): Promise<Garbage> {
  const { blobs, indexes, snapshots } = store.locks.withIndex(() => {
    const descriptors = store.index.read();
    const unwanted = new Set(
      imageEntries(descriptors)
        .filter(isUnwanted)
        .map(({ digest }) => digest),
    );
    const named = new ReachableFinder(store.blobs);
    const wanted = new ReachableFinder(store.blobs);
    for (const descriptor of descriptors) {
      named.addDescriptor(descriptor);
      if (!unwanted.has(descriptor.digest)) wanted.addDescriptor(descriptor);
    }
    for (const kept of [named, wanted]) kept.addNames(inContainers);
    const swept = sweepBlobs(store, named);
    return { blobs: swept, indexes: sweepLayerIndexes(store, wanted), snapshots: deadSnapshots(store, wanted) };
  });
  const temporaries = await removeAll(abandonedTemporaries(store, Date.now()), remove);
  const retired = snapshots.map((name) => retireSnapshot(store, name));
  return { blobs, indexes, temporaries, snapshots: await removeAll(retired, remove) };
}

const NOTHING: Swept = { count: 0, freedBytes: 0 };

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

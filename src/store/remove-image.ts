import type { Digest } from '../bytes/index.ts';
import { PlinthError } from '../errors/index.ts';
import type { StoreErrorCode } from './error.ts';
import { familiarName } from './familiar-name.ts';
import { type ImageEntry, imageDigests, imageEntries } from './image.ts';
import { isNamed } from './prune.ts';
import { namesInContainers, ReachableFinder } from './reachable.ts';
import type { Store } from './store.ts';
import { sweepBlobs, sweepLayerIndexes } from './sweep.ts';

export interface RemoveImageOptions {
  /** Also with several names, and when containers were made from it (their layers stay). */
  readonly force?: boolean;
}

/** What {@link removeImage} did. */
export interface RemoveImageReport {
  readonly untagged: readonly string[];
  /** The image's id, if it was removed with its last name. */
  readonly deleted?: Digest;
  /** Zero if others write to the store at this moment: then prune frees the space. */
  readonly freedBytes: number;
}

/**
 * Removes an image by Docker's rules: a name is taken away, and with the last name goes the image; an id stands for the
 * image with its only name. Space that nothing else needs is freed at once, unless others write to the store.
 *
 * @throws PlinthError `image-not-found`, `image-ambiguous`, `image-several-names`, `image-in-use`
 */
export function removeImage(
  store: Store,
  nameOrId: string,
  { force = false }: RemoveImageOptions = {},
): RemoveImageReport {
  const { entry, name } = selectEntry(store, nameOrId);
  if (name !== undefined && entry.names.length > 1) {
    store.images.untag(name);
    return { untagged: [name], freedBytes: 0 };
  }
  if (entry.names.length > 1 && !force) throw severalNames(nameOrId, entry);
  if (!force && isNamed(store, entry, namesInContainers(store.paths.containers))) throw inUse(nameOrId, entry);
  const candidates = new ReachableFinder(store.blobs);
  candidates.addDescriptor(entry);
  const [, configDigest = entry.digest] = imageDigests(store.blobs, entry);
  const isAsFound = (now: ImageEntry): boolean =>
    now.digest === entry.digest && now.names.every((one) => entry.names.includes(one));
  if (store.images.forget(isAsFound).length === 0) return { untagged: [], freedBytes: 0 };
  return { untagged: entry.names, deleted: configDigest, freedBytes: freeNow(store, candidates.blobs) };
}

/** What is to be removed, and the name if it was meant by one. A damaged image can still be removed by its name. */
function selectEntry(store: Store, nameOrId: string): { entry: ImageEntry; name?: string } {
  const entries = imageEntries(store.index.read());
  for (const name of [nameOrId, familiarName(nameOrId)]) {
    const entry = entries.find(({ names }) => name !== undefined && names.includes(name));
    if (entry !== undefined && name !== undefined) return { entry, name };
  }
  const bare = entries.find(({ digest }) => digest === nameOrId);
  if (bare !== undefined) return { entry: bare };
  const image = store.images.find(nameOrId);
  const digest = image.indexDigest ?? image.manifestDigest;
  const mediaType = entries.find((entry) => entry.digest === digest)?.mediaType ?? image.manifest.mediaType;
  return { entry: { digest, mediaType, names: image.names } };
}

function freeNow(store: Store, candidates: ReadonlySet<Digest>): number {
  using alone = store.locks.tryHoldAlone();
  if (alone === undefined) return 0;
  return store.locks.withIndex(() => {
    const kept = new ReachableFinder(store.blobs);
    for (const descriptor of store.index.read()) kept.addDescriptor(descriptor);
    kept.addNames(namesInContainers(store.paths.containers));
    return sweepBlobs(store, kept, candidates).freedBytes + sweepLayerIndexes(store).freedBytes;
  });
}

function severalNames(text: string, image: ImageEntry): PlinthError<StoreErrorCode> {
  return new PlinthError<StoreErrorCode>(`remove image ${text}: it has ${image.names.length} names`, {
    code: 'image-several-names',
    hint: `Remove the names one by one (${image.names.join(', ')}), or use force.`,
    details: { names: image.names },
  });
}

function inUse(text: string, image: ImageEntry): PlinthError<StoreErrorCode> {
  return new PlinthError<StoreErrorCode>(`remove image ${text}: a container was made from it`, {
    code: 'image-in-use',
    hint: 'Remove the container first, or use force.',
    details: { digest: image.digest },
  });
}

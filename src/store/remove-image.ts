import type { Digest } from '../bytes/index.ts';
import { PlinthError } from '../errors/index.ts';
import type { StoreErrorCode } from './error.ts';
import { type ImageEntry, imageEntries, type StoredImage } from './image.ts';
import { isNamed } from './prune.ts';
import { namesInContainers, ReachableFinder } from './reachable.ts';
import { namedBy } from './select-images.ts';
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
  const image = store.images.find(nameOrId);
  const name = namedBy(image, nameOrId);
  if (name !== undefined && image.names.length > 1) {
    store.images.untag(name);
    return { untagged: [name], freedBytes: 0 };
  }
  if (image.names.length > 1 && !force) throw severalNames(nameOrId, image);
  const digest = image.indexDigest ?? image.manifestDigest;
  const entry = imageEntries(store.index.read()).find((candidate) => candidate.digest === digest);
  if (entry === undefined) return { untagged: [], freedBytes: 0 };
  if (!force && isNamed(store, entry, namesInContainers(store.paths.containers))) throw inUse(nameOrId, image);
  const candidates = new ReachableFinder(store.blobs);
  candidates.addDescriptor(entry);
  const isAsFound = (now: ImageEntry): boolean =>
    now.digest === digest && now.names.every((one) => image.names.includes(one));
  if (store.images.forget(isAsFound).length === 0) return { untagged: [], freedBytes: 0 };
  return { untagged: image.names, deleted: image.configDigest, freedBytes: freeNow(store, candidates.blobs) };
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

function severalNames(text: string, image: StoredImage): PlinthError<StoreErrorCode> {
  return new PlinthError<StoreErrorCode>(`remove image ${text}: it has ${image.names.length} names`, {
    code: 'image-several-names',
    hint: `Remove the names one by one (${image.names.join(', ')}), or use force.`,
    details: { names: image.names },
  });
}

function inUse(text: string, image: StoredImage): PlinthError<StoreErrorCode> {
  return new PlinthError<StoreErrorCode>(`remove image ${text}: a container was made from it`, {
    code: 'image-in-use',
    hint: 'Remove the container first, or use force.',
    details: { id: image.configDigest },
  });
}

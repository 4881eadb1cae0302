import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type Digest, digestHex } from '../bytes/index.ts';
import { imageEntries } from './image.ts';
import { isNamed } from './prune.ts';
import { listDirectory, namesInContainers, ReachableFinder } from './reachable.ts';
import type { Store } from './store.ts';
import { deadRecords, deadSnapshots, diskUsage, listBlobs } from './sweep.ts';

/** How much of something there is, and how much of it {@link pruneStore} would free. */
export interface Usage {
  readonly count: number;
  readonly sizeBytes: number;
  readonly reclaimableBytes: number;
}

/** What takes space in a store. Layers count among the bytes of images too. */
export interface StoreUsage {
  /** The blobs that images and containers reach; those of images without name and container can be freed. */
  readonly images: Usage;
  /** Uncompressed layers, also of unfinished and forgotten builds. */
  readonly layers: Usage;
  readonly records: Usage;
  readonly snapshots: Usage;
  /** All blobs, records, snapshots, layer indexes and temporary files. */
  readonly totalBytes: number;
}

/** Measures a store, without any lock: numbers of the moment. @throws PlinthError `store-unreadable` */
export function measureStore(store: Store): StoreUsage {
  const { all, needed, count } = findReachable(store);
  const { paths } = store;
  const blobs = new Map(listBlobs(store).map((digest) => [digest, sizeOfFile(store.blobs.path(digest))]));
  const isImage = (digest: Digest): boolean => all.blobs.has(digest);
  const isDead = (digest: Digest): boolean => !needed.blobs.has(digest);
  const images = { ...measure(only(blobs, isImage), isDead), count };
  const indexed = new Set(listDirectory(paths.layers));
  const isLayer = (digest: Digest): boolean => indexed.has(digestHex(digest));
  const layers = measure(only(blobs, isLayer), isDead);
  const deadRecordNames = new Set(deadRecords(store));
  const records = measure(sizesIn(paths.cache, sizeOfFile), (name) => deadRecordNames.has(name));
  const deadSnapshotNames = new Set(deadSnapshots(store, needed));
  const snapshots = measure(sizesIn(paths.snapshots, diskUsage), (name) => deadSnapshotNames.has(name));
  const others = sum(sizesIn(paths.layers, sizeOfFile).values()) + sum(sizesIn(paths.tmp, diskUsage).values());
  const totalBytes = sum(blobs.values()) + records.sizeBytes + snapshots.sizeBytes + others;
  return { images, layers, records, snapshots, totalBytes };
}

/** What all images and containers reach, and what those reach that a prune would keep. */
function findReachable(store: Store): { all: ReachableFinder; needed: ReachableFinder; count: number } {
  const inContainers = namesInContainers(store.paths.containers);
  const all = new ReachableFinder(store.blobs);
  const needed = new ReachableFinder(store.blobs);
  const entries = imageEntries(store.index.read());
  for (const entry of entries) {
    all.addDescriptor(entry);
    if (entry.names.length > 0 || isNamed(store, entry, inContainers)) needed.addDescriptor(entry);
  }
  all.addNames(inContainers);
  needed.addNames(inContainers);
  return { all, needed, count: entries.length };
}

function measure<Key>(sizes: ReadonlyMap<Key, number>, isDead: (key: Key) => boolean): Usage {
  return { count: sizes.size, sizeBytes: sum(sizes.values()), reclaimableBytes: sum(only(sizes, isDead).values()) };
}

function only<Key>(sizes: ReadonlyMap<Key, number>, wanted: (key: Key) => boolean): Map<Key, number> {
  return new Map([...sizes].filter(([key]) => wanted(key)));
}

function sum(sizes: Iterable<number>): number {
  let total = 0;
  for (const size of sizes) total += size;
  return total;
}

function sizesIn(directory: string, sizeOf: (path: string) => number): Map<string, number> {
  return new Map(listDirectory(directory).map((name) => [name, sizeOf(join(directory, name))]));
}

function sizeOfFile(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

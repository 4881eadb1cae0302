import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../bytes/index.ts';
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
  const sizes = new Map(listBlobs(store).map((digest) => [digest, sizeOfFile(store.blobs.path(digest))]));
  const images = sumSizes(sizes, (digest) => all.blobs.has(digest));
  const layerNames = new Set(listDirectory(store.paths.layers));
  const layers = new Map([...sizes].filter(([digest]) => layerNames.has(digest.slice('sha256:'.length))));
  const snapshots = listDirectory(store.paths.snapshots);
  const dead = new Set(deadSnapshots(store, needed));
  const sizeOfSnapshot = (name: string): number => diskUsage(join(store.paths.snapshots, name));
  const snapshotBytes = new Map(snapshots.map((name) => [name, sizeOfSnapshot(name)]));
  const records = measureFiles(store.paths.cache);
  const usage = {
    images: { ...images, count: entries.length, reclaimableBytes: images.sizeBytes - keptBytes(sizes, all, needed) },
    layers: {
      ...sumSizes(layers, () => true),
      reclaimableBytes: sumSizes(layers, (digest) => !needed.blobs.has(digest)).sizeBytes,
    },
    records: { ...records, reclaimableBytes: bytesOf(deadRecords(store).map((name) => join(store.paths.cache, name))) },
    snapshots: {
      ...sumSizes(snapshotBytes, () => true),
      reclaimableBytes: sumSizes(snapshotBytes, (name) => dead.has(name)).sizeBytes,
    },
  };
  const others = measureFiles(store.paths.layers).sizeBytes + diskUsage(store.paths.tmp);
  const blobBytes = sumSizes(sizes, () => true).sizeBytes;
  return { ...usage, totalBytes: blobBytes + records.sizeBytes + usage.snapshots.sizeBytes + others };
}

function keptBytes(sizes: ReadonlyMap<Digest, number>, all: ReachableFinder, needed: ReachableFinder): number {
  return sumSizes(sizes, (digest) => all.blobs.has(digest) && needed.blobs.has(digest)).sizeBytes;
}

function sumSizes<Key>(
  sizes: ReadonlyMap<Key, number>,
  wanted: (key: Key) => boolean,
): { count: number; sizeBytes: number } {
  const found = [...sizes].filter(([key]) => wanted(key));
  return { count: found.length, sizeBytes: found.reduce((total, [, sizeBytes]) => total + sizeBytes, 0) };
}

function measureFiles(directory: string): { count: number; sizeBytes: number } {
  return sumSizes(
    new Map(listDirectory(directory).map((name) => [name, sizeOfFile(join(directory, name))])),
    () => true,
  );
}

function bytesOf(paths: readonly string[]): number {
  return paths.reduce((total, path) => total + sizeOfFile(path), 0);
}

function sizeOfFile(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

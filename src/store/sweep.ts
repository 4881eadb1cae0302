import { lstatSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../bytes/index.ts';
import { systemErrorCode } from '../errors/index.ts';
import { writing } from './error.ts';
import { listDirectory, type Reachable } from './reachable.ts';
import { decodeRecord } from './record-cache.ts';
import type { Store } from './store.ts';
import { readOptionalFile } from './store-files.ts';

/** What was removed. */
export interface Swept {
  readonly count: number;
  readonly freedBytes: number;
}

const BLOB_NAME = /^[0-9a-f]{64}$/;

/** The digests of all blobs of a store. */
export function listBlobs(store: Store): Digest[] {
  const names = listDirectory(store.paths.blobs).filter((name) => BLOB_NAME.test(name));
  return names.map((name) => `sha256:${name}` as Digest);
}

/** Removes blobs that nothing reaches, among `candidates`, with their layer indexes. The caller holds the store alone. */
export function sweepBlobs(store: Store, kept: Reachable, candidates: Iterable<Digest> = listBlobs(store)): Swept {
  const dead = [...candidates].filter((digest) => !kept.blobs.has(digest));
  return sumSwept(dead.map((digest) => removeFile(store.blobs.path(digest))));
}

/** Removes the indexes of layers that are not in the store, or that nothing reaches: they can be made again. */
export function sweepLayerIndexes(store: Store, kept?: Reachable): Swept {
  const isDead = (digest: Digest): boolean => !store.blobs.has(digest) || kept?.blobs.has(digest) === false;
  const names = listDirectory(store.paths.layers);
  const dead = names.filter((name) => !BLOB_NAME.test(name) || isDead(`sha256:${name}` as Digest));
  return sumSwept(dead.map((name) => removeFile(join(store.paths.layers, name))));
}

/** Removes build records: those that {@link deadRecords} finds, or all. */
export function sweepRecords(store: Store, all: boolean): Swept {
  const dead = all ? listDirectory(store.paths.cache) : deadRecords(store);
  return sumSwept(dead.map((name) => removeFile(join(store.paths.cache, name))));
}

const LAYER_OF_RECORD = /"diffId":"(sha256:[0-9a-f]{64})"/g;

/** The records that are damaged, or tell of a layer (`"diffId":"sha256:…"`) that is not in the store. */
export function deadRecords(store: Store): string[] {
  return listDirectory(store.paths.cache).filter((name) => {
    const text = decodeRecord(readOptionalFile(join(store.paths.cache, name)))?.toString('latin1');
    if (text === undefined) return true;
    return [...text.matchAll(LAYER_OF_RECORD)].some((match) => !store.blobs.has(match[1] as Digest));
  });
}

/** Snapshots of layers that no image and no container has. */
export function deadSnapshots(store: Store, kept: Reachable): string[] {
  return listDirectory(store.paths.snapshots).filter((name) => {
    const hex = /[0-9a-f]{64}/.exec(name)?.[0];
    return hex !== undefined && !kept.snapshots.has(hex);
  });
}

/** Takes a snapshot out of snapshots/ at once, to tmp/, whence it can be removed at leisure. Returns its new path. */
export function retireSnapshot(store: Store, name: string): string {
  const path = join(store.paths.snapshots, name);
  const retired = store.files.temporary();
  writing(path, () => renameSync(path, retired));
  return retired;
}

const ABANDONED_MS = 24 * 60 * 60 * 1000;

/**
 * What lies in tmp/ of processes that are gone: the first number in a name is a process id. A process of another pid
 * namespace may look gone; while it writes, it holds the store, and prune waits for it.
 */
export function abandonedTemporaries(store: Store, nowMs: number): string[] {
  const paths = listDirectory(store.paths.tmp).map((name) => ({
    pid: Number(/\d+/.exec(name)?.[0]),
    path: join(store.paths.tmp, name),
  }));
  return paths
    .filter(({ pid, path }) => !isAlive(pid) || nowMs - changedMs(path) > ABANDONED_MS)
    .map(({ path }) => path);
}

function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === 'EPERM';
  }
}

function changedMs(path: string): number {
  return lstatSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0;
}

/** Removes a directory with all below it; for snapshots of other users' files the container room has its own way. */
export function removeDirectory(path: string): void {
  writing(path, () => rmSync(path, { recursive: true, force: true }));
}

/** The bytes that a file or all files of a directory take on disk, hard links once; what cannot be read counts nothing. */
export function diskUsage(path: string, seen: Set<string> = new Set()): number {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  const key = `${stat.dev}:${stat.ino}`;
  if (stat.nlink > 1 && !stat.isDirectory()) {
    if (seen.has(key)) return 0;
    seen.add(key);
  }
  const ownBytes = stat.blocks * 512;
  if (!stat.isDirectory()) return ownBytes;
  return listReadable(path).reduce((total, name) => total + diskUsage(join(path, name), seen), ownBytes);
}

function listReadable(path: string): string[] {
  try {
    return listDirectory(path);
  } catch {
    return [];
  }
}

function removeFile(path: string): Swept {
  const sizeBytes = statSync(path, { throwIfNoEntry: false })?.size;
  if (sizeBytes === undefined) return { count: 0, freedBytes: 0 };
  writing(path, () => rmSync(path, { force: true }));
  return { count: 1, freedBytes: sizeBytes };
}

/** The sum of what was removed. */
export function sumSwept(parts: readonly Swept[]): Swept {
  return parts.reduce(
    (total, part) => ({ count: total.count + part.count, freedBytes: total.freedBytes + part.freedBytes }),
    { count: 0, freedBytes: 0 },
  );
}

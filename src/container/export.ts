import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DiffId } from '../bytes/index.ts';
import { readUpper } from '../host/index.ts';
import type { Store } from '../store/index.ts';
import { applyLayer, type Tree, writeTreeTar } from '../tree/index.ts';
import { findContainer } from './container-store.ts';
import { idSpace, overlayFlavour } from './id-space.ts';
import { containerDirectory } from './record.ts';
import { copyPath, readCopy } from './root-copy.ts';

/**
 * The root file system of a container: its image with what it changed.
 *
 * @throws PlinthError `container-not-found`, `container-ambiguous`
 */
export function containerTree(store: Store, name: string): Tree {
  const record = findContainer(store, name);
  const base = store.tree(record.diffIds as DiffId[]);
  const directory = containerDirectory(store, record.id);
  if (existsSync(copyPath(directory))) return readCopy(directory, base);
  const upper = join(directory, 'upper');
  return applyLayer(base, readUpper(upper, { xattrPrefix: overlayFlavour(idSpace()) }));
}

/** Writes a container's root file system as one tar, without the mount points of /proc, /sys and /dev. */
export function exportContainer(store: Store, name: string, write: (chunk: Uint8Array) => void): void {
  writeTreeTar(containerTree(store, name), write);
}

import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { type ChainId, chainId, type DiffId, digestHex } from '../bytes/index.ts';
import { systemErrorCode } from '../errors/index.ts';
import { materialise, removeTree } from '../host/index.ts';
import type { Store } from '../store/index.ts';
import { applyLayer, diffTrees, type LayerEntry, type OverlayFlavour, ROOT_PATH, Tree } from '../tree/index.ts';
import { mountPointLayer } from './mount-point.ts';

/** The unpacked layers of an image, ready to be mounted. */
export interface Snapshot {
  /** Directories for an overlay mount, the topmost first; never empty. */
  readonly lower: readonly string[];
  readonly tree: Tree;
  readonly chain: ChainId | undefined;
}

/**
 * The layers unpacked as overlay directories, made where they are missing and shared by all containers. A snapshot appears
 * whole under its name by a rename, so several processes may make the same one: the first wins.
 */
export function openSnapshot(store: Store, diffIds: readonly DiffId[], flavour: OverlayFlavour): Snapshot {
  let tree = new Tree();
  let chain: ChainId | undefined;
  const lower: string[] = [];
  for (const diffId of diffIds) {
    chain = chainId(chain, diffId);
    const upper = applyLayer(tree, store.layers.read(diffId));
    const base = tree;
    lower.unshift(ensureDirectory(store, snapshotPath(store, chain), flavour, () => overlayLayer(base, upper)));
    tree = upper;
  }
  const mountPoints = mountPointLayer(tree);
  if (mountPoints.length > 0)
    lower.unshift(ensureDirectory(store, mountPointPath(store, chain), flavour, () => mountPoints));
  if (lower.length === 0) lower.push(ensureDirectory(store, join(store.paths.snapshots, 'empty'), flavour, () => []));
  return { lower, tree, chain };
}

/** Where the unpacked top layer of a chain lies. */
export function snapshotPath(store: Store, chain: ChainId): string {
  return join(store.paths.snapshots, digestHex(chain));
}

function mountPointPath(store: Store, chain: ChainId | undefined): string {
  return join(store.paths.snapshots, `${chain === undefined ? 'empty' : digestHex(chain)}.mounts`);
}

/**
 * Takes a container's upper directory as the snapshot of `chain`, instead of unpacking the layer that was made from it.
 * If the snapshot is there already the directory stays where it is.
 */
export function adoptSnapshot(store: Store, chain: ChainId, upper: string): void {
  renameIfFree(upper, snapshotPath(store, chain));
}

/**
 * What takes `base` to `upper`, always with an entry for the root: in an overlay the attributes of the topmost directory
 * count, and a root made just to hold the layer would hide those of the image.
 */
function overlayLayer(base: Tree, upper: Tree): LayerEntry[] {
  const entries = diffTrees(base, upper);
  if (entries[0]?.path === ROOT_PATH) return entries;
  return [{ kind: 'node', path: ROOT_PATH, node: upper.root }, ...entries];
}

function ensureDirectory(store: Store, path: string, flavour: OverlayFlavour, entries: () => LayerEntry[]): string {
  if (existsSync(path)) return path;
  store.files.ready();
  const made = store.files.temporary();
  mkdirSync(made);
  try {
    materialise(entries(), made, { owners: 'keep', overlay: flavour });
    if (!renameIfFree(made, path)) removeTree(made);
  } catch (error) {
    removeTree(made);
    throw error;
  }
  return path;
}

/** Whether `from` could be renamed to `to`; false if another process was first. */
function renameIfFree(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw error;
  }
}

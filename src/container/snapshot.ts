import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { type ChainId, chainId, type DiffId, digestHex } from '../bytes/index.ts';
import { isPlinthError, systemErrorCode } from '../errors/index.ts';
import { type MaterialiseOptions, materialise, removeTree } from '../host/index.ts';
import { type Store, writing } from '../store/index.ts';
import { applyLayer, diffTrees, type LayerEntry, type OverlayFlavour, ROOT_PATH, Tree } from '../tree/index.ts';
import { type ImageFacts, imageFacts, readFacts, writeFacts } from './image-facts.ts';
import { mountPointLayer } from './mount-point.ts';

/** The unpacked layers of an image, ready to be mounted. */
export interface Snapshot {
  /** Directories for an overlay mount, the topmost first; never empty. */
  readonly lower: readonly string[];
  readonly facts: ImageFacts;
}

/**
 * The layers unpacked as overlay directories, made where they are missing and shared by all containers. Where all of
 * them are there no layer is read, so it takes no longer for a large image. A snapshot appears whole under its name by a
 * rename, so several processes may make the same one: the first wins.
 */
export function openSnapshot(store: Store, diffIds: readonly DiffId[], flavour: OverlayFlavour): Snapshot {
  const chains: ChainId[] = [];
  for (const diffId of diffIds) chains.push(chainId(chains.at(-1), diffId));
  const chain = chains.at(-1);
  const layers = chains.map((one) => snapshotPath(store, one));
  const top = topPath(store, chain);
  const known = layers.every((path) => existsSync(path)) ? readFacts(top) : undefined;
  const facts = known ?? makeSnapshot(store, { diffIds, layers, top, flavour });
  const lower = [...layers].reverse();
  if (facts.hasMountPoints) lower.unshift(join(top, MOUNT_POINTS));
  return { lower, facts };
}

/** The name of a stack of layers, which has one at least. */
export function chainOf([lowest, ...others]: readonly [DiffId, ...DiffId[]] | readonly DiffId[]): ChainId {
  return others.reduce((chain, diffId) => chainId(chain, diffId), chainId(undefined, lowest as DiffId));
}

/** Where the unpacked top layer of a chain lies. */
function snapshotPath(store: Store, chain: ChainId): string {
  return join(store.paths.snapshots, digestHex(chain));
}

/** Where that lies which all containers of a chain share above its layers: missing mount points, and facts. */
function topPath(store: Store, chain: ChainId | undefined): string {
  return join(store.paths.snapshots, `${chain === undefined ? 'empty' : digestHex(chain)}.top`);
}

/** The lower directory in {@link topPath}. */
const MOUNT_POINTS = 'mount-points';

/**
 * Takes a container's upper directory as the snapshot of `chain`, instead of unpacking the layer that was made from it.
 * If the snapshot is there already the directory stays where it is.
 */
export function adoptSnapshot(store: Store, chain: ChainId, upper: string): void {
  renameIfFree(upper, snapshotPath(store, chain));
}

interface Missing {
  readonly diffIds: readonly DiffId[];
  readonly layers: readonly string[];
  readonly top: string;
  readonly flavour: OverlayFlavour;
}

function makeSnapshot(store: Store, { diffIds, layers, top, flavour }: Missing): ImageFacts {
  let tree = new Tree();
  diffIds.forEach((diffId, index) => {
    const base = tree;
    tree = applyLayer(base, store.layers.read(diffId));
    const path = layers[index];
    if (path === undefined || existsSync(path)) return;
    makeWhole(store, path, (made) => {
      materialise(overlayLayer(base, tree), made, { owners: 'keep', overlay: flavour, ...leniency(flavour) });
    });
  });
  const mountPoints = mountPointLayer(tree);
  const facts = imageFacts(tree, mountPoints.length > 0);
  makeWhole(store, top, (made) => {
    if (facts.hasMountPoints) materialise(mountPoints, join(made, MOUNT_POINTS), { owners: 'keep', overlay: flavour });
    writeFacts(made, facts);
  });
  return facts;
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

/**
 * In a user namespace no device can be made, nor some extended attributes: containers there lack them, as with other
 * engines, and what is made of the layers themselves has them.
 */
function leniency(flavour: OverlayFlavour): Pick<MaterialiseOptions, 'onDenied'> {
  return flavour === 'user' ? { onDenied: () => {} } : {};
}

/** Puts a directory at `path` that `fill` filled, whole or not at all. */
function makeWhole(store: Store, path: string, fill: (directory: string) => void): void {
  store.files.ready();
  const made = store.files.temporary();
  writing(made, () => mkdirSync(made));
  try {
    fill(made);
    if (!renameIfFree(made, path)) removeTree(made);
  } catch (error) {
    removeTree(made);
    throw error;
  }
}

/** Whether `from` could be renamed to `to`; false if another process was first. */
function renameIfFree(from: string, to: string): boolean {
  try {
    writing(to, () => renameSync(from, to));
    return true;
  } catch (error) {
    const code = isPlinthError(error) ? systemErrorCode(error.cause) : undefined;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw error;
  }
}

import { join } from 'node:path';
import { materialise, readTree } from '../host/index.ts';
import { applyLayer, type Tree } from '../tree/index.ts';
import { mountPointLayer, withoutMountPoints } from './mount-point.ts';

/** Where a container that could not have an overlay has its root. */
export function copyPath(directory: string): string {
  return join(directory, 'rootfs');
}

/** Writes the whole image into a container's directory: where the store's file system carries no overlay. */
export function copyRoot(image: Tree, directory: string): string {
  const path = copyPath(directory);
  materialise(applyLayer(image, mountPointLayer(image)), path, { owners: 'keep' });
  return path;
}

/** The tree in {@link copyPath}, without what was made there only to be mounted on. */
export function readCopy(directory: string, image: Tree): Tree {
  return withoutMountPoints(readTree(copyPath(directory), { xattrs: true, holes: true }), image);
}

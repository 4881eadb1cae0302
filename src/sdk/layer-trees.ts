import type { Store, StoredImage } from '../store/index.ts';
import { applyLayer, Tree } from '../tree/index.ts';

/**
 * The trees of an image's layers, lowest first, each with all layers below it. A node that no layer touches is the same
 * object in all of them, which the trees that the store remembers would not promise for an image of many layers.
 */
export function layerTrees(store: Store, image: StoredImage): Tree[] {
  const trees: Tree[] = [];
  for (const diffId of image.config.rootfs.diff_ids) {
    trees.push(applyLayer(trees.at(-1) ?? new Tree(), store.layers.read(diffId)));
  }
  return trees;
}

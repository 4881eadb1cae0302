import type { Node } from './node.ts';
import type { TreePath } from './path.ts';

/**
 * One change that a layer makes to the file system below it (OCI image specification, layer.md).
 *
 * - `node`: the path holds this node. A directory's entry stands for its attributes alone: its `children` are ignored.
 * - `hardlink`: the path is one more name of what stands at `target`, in this layer or below it.
 * - `whiteout`: what lower layers hold at the path is gone.
 * - `opaque`: all that lower layers hold *in* the directory at the path is gone.
 */
export type LayerEntry =
  | { readonly kind: 'node'; readonly path: TreePath; readonly node: Node }
  | { readonly kind: 'hardlink'; readonly path: TreePath; readonly target: TreePath }
  | { readonly kind: 'whiteout'; readonly path: TreePath }
  | { readonly kind: 'opaque'; readonly path: TreePath };

/** What the name of a whiteout begins with. */
export const WHITEOUT_PREFIX = '.wh.';
/** The name whose presence makes its directory opaque. */
export const OPAQUE_NAME = '.wh..wh..opq';
/** What the names of AUFS's own records begin with; they are no part of the file system. */
export const AUFS_PREFIX = '.wh..wh.';

export { applyLayer } from './apply-layer.ts';
export { compareTrees, type Difference, equalTrees } from './compare-trees.ts';
export {
  type ByteSource,
  type Content,
  EMPTY_CONTENT,
  type Extent,
  equalContents,
  forEachChunk,
  forEachDataChunk,
  memoryContent,
  type OpenContent,
  readContent,
  sliceContent,
  sparseContent,
  withOpenContent,
} from './content.ts';
export { changesBetween, diffTrees, treeLayer } from './diff-trees.ts';
export type { LayerEntry } from './layer-entry.ts';
export { linkedNodes } from './linked-nodes.ts';
export {
  type Attributes,
  type DeviceNode,
  type DirectoryNode,
  equalAttributes,
  equalNodes,
  equalXattrs,
  type FifoNode,
  type FileNode,
  NO_CHILDREN,
  NO_XATTRS,
  type Node,
  type SymlinkNode,
  type Xattrs,
} from './node.ts';
export { isOverlayXattr, OVERLAY_WHITEOUT, type OverlayFlavour, overlayTree } from './overlay-tree.ts';
export {
  baseName,
  climbsOut,
  DEPTH_LIMIT,
  joinPath,
  NAME_LIMIT_BYTES,
  PATH_LIMIT_BYTES,
  parentPath,
  pathNames,
  ROOT_PATH,
  type TreePath,
  treePath,
} from './path.ts';
export { readLayer } from './read-layer.ts';
export { EMPTY_ROOT, mustTreePath, type Resolved, sortedChildren, Tree } from './tree.ts';
export { DEFAULT_DIRECTORY, TreeEditor } from './tree-editor.ts';
export { type TreeErrorCode, treeErrors } from './tree-errors.ts';
export { encodeLayerTar, encodeTreeTar, type TarEntryObserver, writeLayerTar, writeTreeTar } from './write-tar.ts';

export {
  type ByteSource,
  type Content,
  EMPTY_CONTENT,
  type Extent,
  forEachChunk,
  memoryContent,
  readContent,
  sliceContent,
  sparseContent,
} from './content.ts';
export {
  type Attributes,
  type DeviceNode,
  type DirectoryNode,
  equalXattrs,
  type FifoNode,
  type FileNode,
  NO_XATTRS,
  type Node,
  type SymlinkNode,
  type Xattrs,
} from './node.ts';
export {
  baseName,
  climbsOut,
  joinPath,
  NAME_LIMIT_BYTES,
  PATH_LIMIT_BYTES,
  parentPath,
  pathNames,
  ROOT_PATH,
  type TreePath,
  treePath,
} from './path.ts';
export { EMPTY_ROOT, mustTreePath, type Resolved, sortedChildren, Tree } from './tree.ts';
export { DEFAULT_DIRECTORY, TreeEditor } from './tree-editor.ts';

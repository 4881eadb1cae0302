import type { ByteString } from '../bytes/index.ts';
import { type Content, equalContents } from './content.ts';

/** Extended attributes by full name (`user.note`, `security.capability`), values as raw bytes. */
export type Xattrs = ReadonlyMap<ByteString, Uint8Array>;

/** What every node has, whatever its kind. */
export interface Attributes {
  /** Permission, setuid, setgid and sticky bits: 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Modification time in ns since 1970, may be negative. */
  readonly mtimeNs: bigint;
  /** Empty for most nodes: share {@link NO_XATTRS}. */
  readonly xattrs: Xattrs;
}

export interface FileNode extends Attributes {
  readonly kind: 'file';
  readonly content: Content;
}

export interface DirectoryNode extends Attributes {
  readonly kind: 'directory';
  /** By name; in no order: walk sorted. Names are never empty, `.`, `..`, and hold no `/` and no NUL. */
  readonly children: ReadonlyMap<ByteString, Node>;
}

export interface SymlinkNode extends Attributes {
  readonly kind: 'symlink';
  readonly target: ByteString;
}

export interface DeviceNode extends Attributes {
  readonly kind: 'character' | 'block';
  readonly major: number;
  readonly minor: number;
}

export interface FifoNode extends Attributes {
  readonly kind: 'fifo';
}

/**
 * One object of a file system. Immutable.
 *
 * Names belong to directories, not to nodes: a node that stands under several names *is* a hard link,
 * so hard-link identity is object identity. A directory stands under one name only.
 */
export type Node = FileNode | DirectoryNode | SymlinkNode | DeviceNode | FifoNode;

export const NO_XATTRS: Xattrs = new Map();
/** The children of an empty directory; shared, since most directory records of a layer have none of their own. */
export const NO_CHILDREN: ReadonlyMap<ByteString, Node> = new Map();

/** Whether two sets of extended attributes are equal, byte for byte. */
export function equalXattrs(left: Xattrs, right: Xattrs): boolean {
  if (left === right) return true;
  if (left.size !== right.size) return false;
  for (const [name, value] of left) {
    const other = right.get(name);
    if (other === undefined || Buffer.compare(value, other) !== 0) return false;
  }
  return true;
}

/** Whether mode, owner, time and extended attributes are equal. */
export function equalAttributes(left: Attributes, right: Attributes): boolean {
  return (
    left.mode === right.mode &&
    left.uid === right.uid &&
    left.gid === right.gid &&
    left.mtimeNs === right.mtimeNs &&
    equalXattrs(left.xattrs, right.xattrs)
  );
}

/** The attributes of a node alone. Other than a spread it also takes those that the node works out when asked. */
export function attributesOf({ mode, uid, gid, mtimeNs, xattrs }: Attributes): Attributes {
  return { mode, uid, gid, mtimeNs, xattrs };
}

/** Whether two nodes are equal in kind, attributes and content. Of directories the children are not compared. */
export function equalNodes(left: Node, right: Node): boolean {
  if (left === right) return true;
  if (left.kind !== right.kind || !equalAttributes(left, right)) return false;
  switch (left.kind) {
    case 'file':
      return equalContents(left.content, (right as FileNode).content);
    case 'symlink':
      return left.target === (right as SymlinkNode).target;
    case 'character':
    case 'block':
      return left.major === (right as DeviceNode).major && left.minor === (right as DeviceNode).minor;
    case 'directory':
    case 'fifo':
      return true;
  }
}

import type { ByteString } from '../bytes/index.ts';
import type { Content } from './content.ts';

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

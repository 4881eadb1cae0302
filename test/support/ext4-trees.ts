import { type ByteString, encodeText } from '../../src/bytes/index.ts';
import {
  type Attributes,
  type DirectoryNode,
  type FileNode,
  memoryContent,
  NO_XATTRS,
  type Node,
  sparseContent,
  Tree,
} from '../../src/tree/index.ts';

export const ATTRIBUTES: Attributes = {
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtimeNs: 1_700_000_000_123_456_789n,
  xattrs: NO_XATTRS,
};

/** A directory with `children`. */
export function directory(
  children: Readonly<Record<string, Node>> = {},
  also: Partial<Attributes> = {},
): DirectoryNode {
  const map = new Map(Object.entries(children).map(([name, node]) => [encodeText(name), node]));
  return { kind: 'directory', ...ATTRIBUTES, mode: 0o755, ...also, children: map };
}

/** A file with `bytes` in it. */
export function file(bytes: Uint8Array | string = '', also: Partial<Attributes> = {}): FileNode {
  return { kind: 'file', ...ATTRIBUTES, ...also, content: memoryContent(bytes) };
}

/** A link to `target`. */
export function link(target: string): Node {
  return { kind: 'symlink', ...ATTRIBUTES, mode: 0o777, target: encodeText(target) };
}

/** The tree whose root has `children`. */
export function tree(children: Readonly<Record<string, Node>> = {}): Tree {
  return new Tree(directory(children));
}

/** A file of `count` pieces of data, each of `dataBytes`, that begin `strideBytes` apart; the rest are holes. */
export function sparseFile(count: number, strideBytes: number, dataBytes: number): FileNode {
  const extents = Array.from({ length: count }, (_, i) => ({ offsetBytes: i * strideBytes, lengthBytes: dataBytes }));
  const data = memoryContent(Buffer.alloc(count * dataBytes, 'sparse'));
  return { kind: 'file', ...ATTRIBUTES, content: sparseContent(data, extents, count * strideBytes) };
}

/** A file of zeros, which no extents tell of. */
export function zeroFile(sizeBytes: number): FileNode {
  const read = (into: Uint8Array, positionBytes: number): number => {
    const count = Math.min(into.length, sizeBytes - positionBytes);
    into.fill(0, 0, count);
    return count;
  };
  return { kind: 'file', ...ATTRIBUTES, content: { sizeBytes, read } };
}

/** A directory with `count` empty files whose names end in a number and are filled up to `nameBytes`. */
export function manyFiles(count: number, nameBytes = 0): DirectoryNode {
  const node = file();
  const children = new Map<ByteString, Node>();
  for (let i = 0; i < count; i++) children.set(`${i}`.padStart(nameBytes, 'n') as ByteString, { ...node });
  return { kind: 'directory', ...ATTRIBUTES, mode: 0o755, children };
}

/** Directories in each other. */
export function deepDirectories(depth: number): DirectoryNode {
  let node = directory({ bottom: file('bottom') });
  for (let i = 1; i < depth; i++) node = directory({ d: node });
  return node;
}

/** The attribute form of an ACL: owner, one named user, group, mask, others. */
export function aclAttribute(namedUser: number): Buffer {
  const entries = [
    [0x01, 6, 0xffffffff],
    [0x02, 4, namedUser],
    [0x04, 4, 0xffffffff],
    [0x10, 4, 0xffffffff],
    [0x20, 4, 0xffffffff],
  ];
  const bytes = Buffer.alloc(4 + 8 * entries.length);
  bytes.writeUInt32LE(2, 0);
  for (const [i, [tag = 0, permissions = 0, id = 0]] of entries.entries()) {
    bytes.writeUInt16LE(tag, 4 + 8 * i);
    bytes.writeUInt16LE(permissions, 6 + 8 * i);
    bytes.writeUInt32LE(id, 8 + 8 * i);
  }
  return bytes;
}

/** Attributes by text names. */
export function xattrs(values: Readonly<Record<string, Uint8Array | string>>): Map<ByteString, Uint8Array> {
  return new Map(Object.entries(values).map(([name, value]) => [encodeText(name), Buffer.from(value as string)]));
}

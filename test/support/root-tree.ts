import type { ByteString } from '../../src/bytes/index.ts';
import {
  type Attributes,
  memoryContent,
  NO_XATTRS,
  type Node,
  Tree,
  TreeEditor,
  treePath,
} from '../../src/tree/index.ts';

/** What stands at a path: the bytes of a file, or `{ link }`, or `{ directory: true }`; `mode` where it is not 0755. */
export type RootEntry =
  | string
  | Buffer
  | { readonly link: string }
  | { readonly directory: true }
  | { readonly bytes: string | Buffer; readonly mode: number };

/** A tree with these files; directories come with them. */
export function rootTree(entries: Readonly<Record<string, RootEntry>>): Tree {
  const editor = new TreeEditor(new Tree());
  for (const [path, entry] of Object.entries(entries)) {
    const place = treePath(path as ByteString);
    if (place === undefined) throw new RangeError(path);
    editor.put(place, nodeOf(entry));
  }
  return editor.tree();
}

function nodeOf(entry: RootEntry): Node {
  const attributes: Attributes = { mode: 0o755, uid: 0, gid: 0, mtimeNs: 0n, xattrs: NO_XATTRS };
  if (typeof entry === 'string' || Buffer.isBuffer(entry)) {
    return { kind: 'file', ...attributes, content: memoryContent(entry) };
  }
  if ('link' in entry) return { kind: 'symlink', ...attributes, target: entry.link as ByteString };
  if ('directory' in entry) return { kind: 'directory', ...attributes, children: new Map() };
  return { kind: 'file', ...attributes, mode: entry.mode, content: memoryContent(entry.bytes) };
}

import { type ByteString, byteString } from '../../bytes/index.ts';
import { readContent, type Tree } from '../../tree/index.ts';

/** The most bytes of one file of a package database that are read: that of a full desktop has a tenth. */
const FILE_LIMIT_BYTES = 64 * 1024 * 1024;

/** The text of the database file at `path`, links followed; undefined if there is none or it is too large to be one. */
export function databaseText(tree: Tree, path: string): ByteString | undefined {
  const node = tree.resolve(path as ByteString)?.node;
  if (node?.kind !== 'file' || node.content.sizeBytes > FILE_LIMIT_BYTES) return undefined;
  return byteString(readContent(node.content));
}

/** The names in the directory at `path`, links followed. */
export function databaseNames(tree: Tree, path: string): ByteString[] {
  const node = tree.resolve(path as ByteString)?.node;
  return node?.kind === 'directory' ? [...node.children.keys()] : [];
}

/** The lines of `text`, none of them empty. */
export function filledLines(text: ByteString): ByteString[] {
  return text.split('\n').filter((line) => line !== '') as ByteString[];
}

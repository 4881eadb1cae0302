// A directory of one block is a list of names. A larger one has an index ahead of its lists: a root block, maybe a level
// of nodes, then the leaves, each with the names of one range of hashes (kernel: directory.rst).
//
//   name      inode u32 | length of the record u16 | length of the name u8 | kind u8 | name, padded to 4 bytes
//   tail      0 u32 | 12 u16 | 0 u8 | 0xde u8 | checksum u32
//   root      `.` (12 bytes) | `..` (all the rest) | 0 u32 | hash version u8 | 8 u8 | levels u8 | 0 u8 | index entries
//   node      0 u32 | 4096 u16 | 0 u16 | index entries
//   entries   capacity u16 | count u16 | block u32, then (hash u32 | block u32)*; at the end: 0 u32 | checksum u32

import { type ByteString, crc32c } from '../../bytes/index.ts';
import type { Node } from '../../tree/index.ts';
import { directoryHash, type HashSeed } from './directory-hash.ts';
import { refuse } from './errors.ts';
import { BLOCK_BYTES, LOST_FOUND_INODE, ROOT_INODE } from './format.ts';
import { type Entry, type Inode, inodePath } from './inode.ts';
import { putText } from './put-text.ts';

const TAIL_BYTES = 12;
const LIST_BYTES = BLOCK_BYTES - TAIL_BYTES;
const DOT_BYTES = 12;
const DOT_DOT_BYTES = 12;
const HALF_MD4 = 1;
const INFO_OFFSET = DOT_BYTES + DOT_DOT_BYTES;
const ROOT_ENTRIES_OFFSET = 32;
const NODE_ENTRIES_OFFSET = 8;
const INDEX_TAIL_BYTES = 8;
const ROOT_CAPACITY = (BLOCK_BYTES - ROOT_ENTRIES_OFFSET - INDEX_TAIL_BYTES) / 8;
const NODE_CAPACITY = (BLOCK_BYTES - NODE_ENTRIES_OFFSET - INDEX_TAIL_BYTES) / 8;
/** mke2fs gives lost+found room, so that e2fsck need not allocate any on a broken disk. */
const LOST_FOUND_BLOCKS = 4;

/** The `kind` byte of a name. */
const KINDS: Readonly<Record<Node['kind'], number>> = {
  file: 1,
  directory: 2,
  character: 3,
  block: 4,
  fifo: 5,
  symlink: 7,
};

/** The lists of an indexed directory. */
export interface DirectoryIndex {
  /** In the order of their hashes. */
  readonly entries: readonly Entry[];
  /** Per list: where it begins among the entries, and the hash that the index has for it. */
  readonly leafStarts: readonly number[];
  readonly leafHashes: readonly number[];
}

/** Where the blocks of a directory go. */
export interface DirectoryTarget {
  readonly seed: number;
  /** Gives the block of this place in the directory, zeroed. */
  place(logical: number): Buffer;
}

/** The index of `directory`, if it needs one. */
export function planIndex(directory: Inode, seed: HashSeed): DirectoryIndex | undefined {
  const entries = directory.entries ?? [];
  let bytes = DOT_BYTES + DOT_DOT_BYTES;
  for (const { name } of entries) bytes += recordBytes(name);
  if (bytes <= LIST_BYTES) return undefined;
  const hashed = entries.map((entry) => ({ entry, hash: directoryHash(entry.name, seed) }));
  // The sort is stable: names of one hash stay in byte order.
  hashed.sort((left, right) => left.hash - right.hash);
  const index = splitLeaves(hashed);
  if (index.leafStarts.length > ROOT_CAPACITY * NODE_CAPACITY) throw tooLarge(directory);
  return index;
}

interface HashedEntry {
  readonly entry: Entry;
  readonly hash: number;
}

function splitLeaves(hashed: readonly HashedEntry[]): DirectoryIndex {
  const leafStarts: number[] = [];
  const leafHashes: number[] = [];
  let used = LIST_BYTES;
  let lastHash = 0;
  for (const [i, { entry, hash }] of hashed.entries()) {
    const bytes = recordBytes(entry.name);
    if (used + bytes > LIST_BYTES) {
      // The lowest bit tells a reader that names of the same hash end the list before.
      leafHashes.push(leafStarts.length === 0 ? 0 : hash + (hash === lastHash ? 1 : 0));
      leafStarts.push(i);
      used = 0;
    }
    used += bytes;
    lastHash = hash;
  }
  return { entries: hashed.map(({ entry }) => entry), leafStarts, leafHashes };
}

function recordBytes(name: ByteString): number {
  return (8 + name.length + 3) & ~3;
}

function nodeCount(leaves: number): number {
  return leaves <= ROOT_CAPACITY ? 0 : Math.ceil(leaves / NODE_CAPACITY);
}

/** Blocks of a directory with this index. */
export function directoryBlocks(directory: Inode, index: DirectoryIndex | undefined): number {
  if (index !== undefined) return 1 + nodeCount(index.leafStarts.length) + index.leafStarts.length;
  return directory.number === LOST_FOUND_INODE ? LOST_FOUND_BLOCKS : 1;
}

/** Writes the blocks of `directory`, in their order. */
export function writeDirectory(directory: Inode, index: DirectoryIndex | undefined, target: DirectoryTarget): void {
  if (index === undefined) {
    writePlain(directory, target);
    return;
  }
  const leaves = index.leafStarts.length;
  const nodes = nodeCount(leaves);
  writeRoot(directory, index, target);
  for (let node = 0; node < nodes; node++) {
    const block = target.place(1 + node);
    block.writeUInt16LE(BLOCK_BYTES, 4);
    const range = { from: node * NODE_CAPACITY, to: Math.min((node + 1) * NODE_CAPACITY, leaves) };
    const pointers = pointersToLeaves(index, range, 1 + nodes);
    encodePointers(block, { offset: NODE_ENTRIES_OFFSET, capacity: NODE_CAPACITY, pointers, seed: target.seed });
  }
  for (let leaf = 0; leaf < leaves; leaf++) {
    const block = target.place(1 + nodes + leaf);
    const entries = index.entries.slice(index.leafStarts[leaf], index.leafStarts[leaf + 1]);
    finishList(block, encodeList(block, entries, { offset: 0, last: 0 }), target.seed);
  }
}

function writePlain(directory: Inode, target: DirectoryTarget): void {
  const first = target.place(0);
  encodeDots(first, directory, DOT_DOT_BYTES);
  const list = { offset: DOT_BYTES + DOT_DOT_BYTES, last: DOT_BYTES };
  finishList(first, encodeList(first, directory.entries ?? [], list), target.seed);
  for (let logical = 1; logical < directoryBlocks(directory, undefined); logical++) {
    finishList(target.place(logical), 0, target.seed);
  }
}

function writeRoot(directory: Inode, index: DirectoryIndex, target: DirectoryTarget): void {
  const leaves = index.leafStarts.length;
  const nodes = nodeCount(leaves);
  const block = target.place(0);
  encodeDots(block, directory, BLOCK_BYTES - DOT_BYTES);
  block[INFO_OFFSET + 4] = HALF_MD4;
  block[INFO_OFFSET + 5] = 8;
  block[INFO_OFFSET + 6] = nodes === 0 ? 0 : 1;
  const pointers = nodes === 0 ? pointersToLeaves(index, { from: 0, to: leaves }, 1) : pointersToNodes(index, nodes);
  encodePointers(block, { offset: ROOT_ENTRIES_OFFSET, capacity: ROOT_CAPACITY, pointers, seed: target.seed });
}

interface Pointer {
  readonly hash: number;
  readonly logical: number;
}

function pointersToLeaves(index: DirectoryIndex, { from, to }: { from: number; to: number }, first: number): Pointer[] {
  return index.leafHashes.slice(from, to).map((hash, i) => ({ hash, logical: first + from + i }));
}

function pointersToNodes(index: DirectoryIndex, nodes: number): Pointer[] {
  return Array.from({ length: nodes }, (_, node) => ({
    hash: index.leafHashes[node * NODE_CAPACITY] ?? 0,
    logical: 1 + node,
  }));
}

interface Pointers {
  readonly offset: number;
  readonly capacity: number;
  readonly pointers: readonly Pointer[];
  readonly seed: number;
}

function encodePointers(block: Buffer, { offset, capacity, pointers, seed }: Pointers): void {
  for (const [i, { hash, logical }] of pointers.entries()) {
    block.writeUInt32LE(hash, offset + 8 * i);
    block.writeUInt32LE(logical, offset + 8 * i + 4);
  }
  // The first entry is for all hashes below the second's, so its own hash makes room for the counts.
  block.writeUInt16LE(capacity, offset);
  block.writeUInt16LE(pointers.length, offset + 2);
  // Of the tail, the reserved word and the checksum itself count as zeros.
  const used = crc32c(seed, block, 0, offset + 8 * pointers.length);
  block.writeUInt32LE(crc32c(used, new Uint8Array(INDEX_TAIL_BYTES)), offset + 8 * capacity + 4);
}

function encodeDots(block: Buffer, directory: Inode, dotDotBytes: number): void {
  const parent = directory.parent?.number ?? ROOT_INODE;
  encodeRecord(block, 0, { name: '.' as ByteString, number: directory.number, kind: KINDS.directory });
  encodeRecord(block, DOT_BYTES, { name: '..' as ByteString, number: parent, kind: KINDS.directory });
  block.writeUInt16LE(dotDotBytes, DOT_BYTES + 4);
}

/** A list being filled: where the next record goes, and where the last one is. */
interface ListPosition {
  readonly offset: number;
  readonly last: number;
}

/** Appends records to a list; returns where the last one is. */
function encodeList(block: Buffer, entries: readonly Entry[], position: ListPosition): number {
  let { offset, last } = position;
  for (const { name, inode } of entries) {
    last = offset;
    offset += encodeRecord(block, offset, { name, number: inode.number, kind: KINDS[inode.node.kind] });
  }
  return last;
}

/** Lets the last record reach to the tail, and writes the tail. */
function finishList(block: Buffer, last: number, seed: number): void {
  block.writeUInt16LE(LIST_BYTES - last, last + 4);
  block.writeUInt16LE(TAIL_BYTES, LIST_BYTES + 4);
  block[LIST_BYTES + 7] = 0xde;
  block.writeUInt32LE(crc32c(seed, block, 0, LIST_BYTES), LIST_BYTES + 8);
}

interface NameRecord {
  readonly name: ByteString;
  readonly number: number;
  readonly kind: number;
}

function encodeRecord(block: Buffer, offset: number, { name, number, kind }: NameRecord): number {
  const bytes = recordBytes(name);
  block.writeUInt32LE(number, offset);
  block.writeUInt16LE(bytes, offset + 4);
  block[offset + 6] = name.length;
  block[offset + 7] = kind;
  putText(name, block, offset + 8);
  return bytes;
}

function tooLarge(directory: Inode): Error {
  return refuse({
    code: 'ext4-directory-too-large',
    message: `${inodePath(directory)}: ${directory.entries?.length} names need more than ${ROOT_CAPACITY * NODE_CAPACITY} blocks`,
    hint: 'Spread its files over subdirectories.',
  });
}

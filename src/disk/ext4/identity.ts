import { createHash, type Hash } from 'node:crypto';
import type { Xattrs } from '../../tree/index.ts';
import type { HashSeed } from './directory-hash.ts';
import type { Entry, Inode } from './inode.ts';
import { putText } from './put-text.ts';

/** A sha256 over everything about the tree but the bytes in its files, and over `salt`. */
export function hashInodes(inodes: readonly Inode[], salt: string): Buffer {
  const hash = new FieldHash(`plinth ext4 ${salt}`);
  for (const inode of inodes) hashInode(inode, hash);
  return hash.digest();
}

/** Every number has 4 bytes, and every list and text its length before it: no two trees give the same bytes. */
function hashInode({ node, time, entries }: Inode, hash: FieldHash): void {
  hash.addText(node.kind);
  hash.addNumbers(node.mode, node.uid, node.gid, time.low, time.extra, node.xattrs.size);
  if (node.xattrs.size > 0) hashXattrs(node.xattrs, hash);
  switch (node.kind) {
    case 'file':
      hash.addNumbers(node.content.sizeBytes >>> 0, Math.floor(node.content.sizeBytes / 2 ** 32));
      return;
    case 'directory':
      hashEntries(entries ?? [], hash);
      return;
    case 'symlink':
      hash.addText(node.target);
      return;
    case 'character':
    case 'block':
      hash.addNumbers(node.major, node.minor);
      return;
    case 'fifo':
      return;
  }
}

function hashEntries(entries: readonly Entry[], hash: FieldHash): void {
  hash.addNumbers(entries.length);
  for (const { name, inode } of entries) {
    hash.addNumbers(inode.number);
    hash.addText(name);
  }
}

function hashXattrs(xattrs: Xattrs, hash: FieldHash): void {
  for (const name of [...xattrs.keys()].sort()) {
    hash.addText(name);
    hash.addBytes(xattrs.get(name) ?? new Uint8Array(0));
  }
}

const PIECE_BYTES = 65_536;
/** Fields up to this length are gathered before they are hashed: a call for each would cost more than its hash. */
const LONG_BYTES = 8192;

/** A sha256 over a sequence of fields. */
class FieldHash {
  readonly #hash: Hash = createHash('sha256');
  readonly #piece: Buffer = Buffer.allocUnsafe(PIECE_BYTES);
  #used = 0;

  constructor(salt: string) {
    this.#hash.update(salt).update('\0');
  }

  addNumbers(...values: readonly number[]): void {
    this.#makeRoom(4 * values.length);
    for (const value of values) this.#used = this.#piece.writeUInt32LE(value, this.#used);
  }

  addText(text: string): void {
    if (text.length > LONG_BYTES) {
      this.addBytes(Buffer.from(text, 'latin1'));
      return;
    }
    this.addNumbers(text.length);
    this.#makeRoom(text.length);
    putText(text, this.#piece, this.#used);
    this.#used += text.length;
  }

  addBytes(bytes: Uint8Array): void {
    this.addNumbers(bytes.length);
    this.#flush();
    this.#hash.update(bytes);
  }

  digest(): Buffer {
    this.#flush();
    return this.#hash.digest();
  }

  #makeRoom(bytes: number): void {
    if (this.#used + bytes > PIECE_BYTES) this.#flush();
  }

  #flush(): void {
    this.#hash.update(this.#piece.subarray(0, this.#used));
    this.#used = 0;
  }
}

/** The seed of directory hashes. */
export function hashSeedOf(digest: Buffer): HashSeed {
  return [digest.readUInt32LE(16), digest.readUInt32LE(20), digest.readUInt32LE(24), digest.readUInt32LE(28)];
}

/** A UUID of version 8 (RFC 9562, section 5.8) from `digest` and what else tells the disk from others. */
export function deriveUuid(digest: Buffer, also: string): Buffer {
  const uuid = createHash('sha256').update(digest).update(also).digest().subarray(0, 16);
  uuid[6] = 0x80 | ((uuid[6] ?? 0) & 0x0f);
  uuid[8] = 0x80 | ((uuid[8] ?? 0) & 0x3f);
  return uuid;
}

/** The usual form: 8-4-4-4-12 hex digits. */
export function formatUuid(uuid: Uint8Array): string {
  const hex = Buffer.from(uuid).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

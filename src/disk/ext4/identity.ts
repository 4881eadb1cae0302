import { createHash, type Hash } from 'node:crypto';
import type { HashSeed } from './directory-hash.ts';
import type { Inode } from './inode.ts';

/** Text is hashed in pieces of about this many characters: a call for each inode would cost more than its hash. */
const PIECE_CHARACTERS = 65_536;

/** A sha256 over everything about the tree but the bytes in its files, and over `salt`. */
export function hashInodes(inodes: readonly Inode[], salt: string): Buffer {
  const hash = createHash('sha256').update(`plinth ext4\0${salt}\0`);
  let text = '';
  for (const inode of inodes) {
    text += describe(inode);
    if (inode.node.xattrs.size > 0) {
      hash.update(text, 'latin1');
      hashXattrs(inode, hash);
      text = '';
    }
    if (text.length < PIECE_CHARACTERS) continue;
    hash.update(text, 'latin1');
    text = '';
  }
  return hash.update(text, 'latin1').digest();
}

/** Fields end in NUL, which no name or target holds, and lists in an empty field: no two trees give the same text. */
function describe({ node, entries }: Inode): string {
  const head = `${node.kind}\0${node.mode}\0${node.uid}\0${node.gid}\0${node.mtimeNs}\0${node.xattrs.size}\0`;
  switch (node.kind) {
    case 'file':
      return `${head}${node.content.sizeBytes}\0`;
    case 'directory':
      return `${head}${entries?.map(({ name, inode }) => `${name}\0${inode.number}\0`).join('') ?? ''}\0`;
    case 'symlink':
      return `${head}${node.target}\0`;
    case 'character':
    case 'block':
      return `${head}${node.major}\0${node.minor}\0`;
    case 'fifo':
      return head;
  }
}

function hashXattrs({ node }: Inode, hash: Hash): void {
  const names = [...node.xattrs.keys()].sort();
  for (const name of names) {
    const value = node.xattrs.get(name) ?? new Uint8Array(0);
    hash.update(`${name}\0${value.length}\0`, 'latin1').update(value);
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

// Attributes lie behind the fixed fields of the inode, and those that do not fit there in one block:
//
//   inode   magic u32 | entries | 0 u32 | … | values, the first entry's last
//   block   magic u32 | references u32 | blocks u32 | hash u32 | checksum u32 | 0 (12) | entries | 0 u32 | … | values
//   entry   length of the name u8 | prefix u8 | place of the value u16 | 0 u32 | length of the value u32 | hash u32 | name
//
// (kernel: attributes.rst). Places count from the first entry in an inode, from the start of a block.

import { type ByteString, crc32c, decodeText } from '../../bytes/index.ts';
import type { Xattrs } from '../../tree/index.ts';
import { encodeAcl } from './acl.ts';
import { type DiskErrorCode, refuse } from './errors.ts';
import { BLOCK_BYTES, INODE_BYTES, INODE_XATTR_OFFSET } from './format.ts';
import { type Inode, inodePath } from './inode.ts';
import { putText } from './put-text.ts';

const MAGIC = 0xea020000;
const INODE_HEADER_BYTES = 4;
const BLOCK_HEADER_BYTES = 32;
const ENTRY_BYTES = 16;
const END_BYTES = 4;
const INODE_ROOM = INODE_BYTES - INODE_XATTR_OFFSET - INODE_HEADER_BYTES - END_BYTES;
const BLOCK_ROOM = BLOCK_BYTES - BLOCK_HEADER_BYTES - END_BYTES;

/** Names that stand for a whole attribute, and then prefixes, with ext4's number for each. */
const WHOLE_NAMES: ReadonlyMap<string, number> = new Map([
  ['system.posix_acl_access', 2],
  ['system.posix_acl_default', 3],
]);
const PREFIXES: readonly (readonly [string, number])[] = [
  ['user.', 1],
  ['trusted.', 4],
  ['security.', 6],
];

interface Attribute {
  readonly prefix: number;
  /** Without its prefix. */
  readonly name: ByteString;
  readonly value: Uint8Array;
}

/** Which attributes of a node go where. */
export interface XattrPlacement {
  readonly inode: readonly Attribute[];
  readonly block: readonly Attribute[];
}

/**
 * Where the attributes of `inode` go: into it as far as they fit, in the kernel's order, the rest into a block.
 *
 * @throws PlinthError `ext4-xattr-name`, `ext4-xattr-too-large`, `ext4-acl-invalid`
 */
export function placeXattrs(inode: Inode): XattrPlacement | undefined {
  const { xattrs } = inode.node;
  if (xattrs.size === 0) return undefined;
  const placement: { inode: Attribute[]; block: Attribute[] } = { inode: [], block: [] };
  let inodeRoom = INODE_ROOM;
  let blockRoom = BLOCK_ROOM;
  for (const attribute of sortedAttributes(inode, xattrs)) {
    const bytes = entryBytes(attribute) + pad(attribute.value.length);
    if (bytes <= inodeRoom) {
      placement.inode.push(attribute);
      inodeRoom -= bytes;
      continue;
    }
    if (bytes > blockRoom) throw tooLarge(inode, attribute);
    placement.block.push(attribute);
    blockRoom -= bytes;
  }
  return placement;
}

function sortedAttributes(inode: Inode, xattrs: Xattrs): Attribute[] {
  const attributes = [...xattrs].map(([name, value]) => encodeAttribute(inode, name, value));
  // The kernel searches a block in this order.
  return attributes.sort(
    (left, right) =>
      left.prefix - right.prefix || left.name.length - right.name.length || (left.name < right.name ? -1 : 1),
  );
}

function encodeAttribute(inode: Inode, name: ByteString, value: Uint8Array): Attribute {
  const whole = WHOLE_NAMES.get(name);
  if (whole !== undefined) {
    const acl = encodeAcl(value);
    if (acl !== undefined) return { prefix: whole, name: '' as ByteString, value: acl };
    throw refuseAttribute(inode, name, {
      code: 'ext4-acl-invalid',
      fact: 'not a POSIX ACL of version 2',
      hint: 'Remove the attribute, or set it with setfacl.',
    });
  }
  const prefix = PREFIXES.find(([text]) => name.startsWith(text));
  const rest = name.slice(prefix?.[0].length ?? 0) as ByteString;
  if (prefix !== undefined && rest.length > 0 && rest.length <= 255 && !rest.includes('\0')) {
    return { prefix: prefix[1], name: rest, value };
  }
  throw refuseAttribute(inode, name, {
    code: 'ext4-xattr-name',
    fact: 'ext4 holds user.*, trusted.*, security.* and POSIX ACLs, with names of 1 to 255 bytes',
    hint: 'Remove the attribute.',
  });
}

function entryBytes(attribute: Attribute): number {
  return ENTRY_BYTES + pad(attribute.name.length);
}

function pad(bytes: number): number {
  return (bytes + 3) & ~3;
}

/** Writes attributes into the inode that `into` is. */
export function encodeInodeXattrs(attributes: readonly Attribute[], into: Buffer): void {
  const area = into.subarray(INODE_XATTR_OFFSET, INODE_BYTES);
  area.writeUInt32LE(MAGIC, 0);
  encodeEntries(attributes, area.subarray(INODE_HEADER_BYTES), { offset: 0, hashed: false });
}

/** Writes attributes into a zeroed block whose number is `number`. */
export function encodeBlockXattrs(attributes: readonly Attribute[], into: Buffer, identity: BlockIdentity): void {
  into.writeUInt32LE(MAGIC, 0);
  into.writeUInt32LE(1, 4);
  into.writeUInt32LE(1, 8);
  const hashes = encodeEntries(attributes, into, { offset: BLOCK_HEADER_BYTES, hashed: true });
  into.writeUInt32LE(blockHash(hashes), 12);
  const number = Buffer.alloc(8);
  number.writeUInt32LE(identity.number, 0);
  into.writeUInt32LE(crc32c(crc32c(identity.seed, number), into), 16);
}

/** What a block's checksum covers beside its bytes. */
export interface BlockIdentity {
  readonly number: number;
  /** The state of the checksum after the file system's identity. */
  readonly seed: number;
}

interface EntryArea {
  /** Where in the area the first entry goes. */
  readonly offset: number;
  /** Entries in an inode have no hash: it serves to find equal blocks. */
  readonly hashed: boolean;
}

function encodeEntries(attributes: readonly Attribute[], area: Buffer, { offset, hashed }: EntryArea): number[] {
  let at = offset;
  let valueAt = area.length;
  return attributes.map((attribute) => {
    valueAt -= pad(attribute.value.length);
    area.set(attribute.value, valueAt);
    const hash = hashed ? entryHash(attribute) : 0;
    area[at] = attribute.name.length;
    area[at + 1] = attribute.prefix;
    area.writeUInt16LE(attribute.value.length === 0 ? 0 : valueAt, at + 2);
    area.writeUInt32LE(attribute.value.length, at + 8);
    area.writeUInt32LE(hash, at + 12);
    putText(attribute.name, area, at + ENTRY_BYTES);
    at += entryBytes(attribute);
    return hash;
  });
}

function entryHash({ name, value }: Attribute): number {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = rotate(hash, 5) ^ name.charCodeAt(i);
  for (let i = 0; i < value.length; i += 4) {
    let word = 0;
    for (let j = 3; j >= 0; j--) word = (word << 8) | (value[i + j] ?? 0);
    hash = rotate(hash, 16) ^ word;
  }
  return hash >>> 0;
}

/** Of a block, over its entries; 0 tells the kernel not to share the block. */
function blockHash(hashes: readonly number[]): number {
  if (hashes.includes(0)) return 0;
  return hashes.reduce((hash, entry) => rotate(hash, 16) ^ entry, 0) >>> 0;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function tooLarge(inode: Inode, { prefix, name, value }: Attribute): Error {
  const whole = [...WHOLE_NAMES].find(([, number]) => number === prefix)?.[0];
  const start = PREFIXES.find(([, number]) => number === prefix)?.[0] ?? '';
  return refuseAttribute(inode, (whole ?? start + name) as ByteString, {
    code: 'ext4-xattr-too-large',
    fact: `a value of ${value.length} bytes does not fit: the attributes of a node have ${INODE_ROOM} + ${BLOCK_ROOM} bytes`,
    hint: 'Shorten or remove the attribute; large values (the feature ea_inode) are not written.',
  });
}

interface AttributeProblem {
  readonly code: DiskErrorCode;
  readonly fact: string;
  readonly hint: string;
}

function refuseAttribute(inode: Inode, name: ByteString, { code, fact, hint }: AttributeProblem): Error {
  const path = inodePath(inode);
  const attribute = decodeText(name);
  return refuse({ code, message: `${path}: attribute ${attribute}: ${fact}`, hint, details: { path, attribute } });
}

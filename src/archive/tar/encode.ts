import type { ByteString } from '../../bytes/index.ts';
import { archiveError } from '../archive-error.ts';
import type { TarHeader, TarKind } from './entry.ts';
import {
  BLOCK_BYTES,
  CHECKSUM_AT,
  GID_AT,
  LINK_AT,
  LINK_BYTES,
  MAGIC_AT,
  MAJOR_AT,
  MINOR_AT,
  MODE_AT,
  MTIME_AT,
  NAME_BYTES,
  PREFIX_AT,
  PREFIX_BYTES,
  SIZE_AT,
  TAR_LIMITS,
  TYPE_AT,
  tarPaddingBytes,
  UID_AT,
} from './layout.ts';
import { encodeOctal } from './number.ts';
import { PaxBody } from './pax-body.ts';
import { checkTarExtents } from './sparse-map.ts';
import { encodeSparseMap } from './sparse-map-text.ts';
import { formatPaxTime, NS_MAX } from './time.ts';

const ID_MAX = 0o7777777;
const WIDE_MAX = 0o77777777777;
const NS = 1_000_000_000n;
const WIDE_MAX_NS = BigInt(WIDE_MAX) * NS;
const NO_BYTES: Buffer = Buffer.alloc(0);

const TYPES: Readonly<Record<TarKind, number>> = {
  file: 0x30,
  hardlink: 0x31,
  symlink: 0x32,
  character: 0x33,
  block: 0x34,
  directory: 0x35,
  fifo: 0x36,
};

/** A header of zeros, but for what all have: the magic and the blanks that stand for the checksum while it is summed. */
const TEMPLATE = ((): Buffer => {
  const block = Buffer.alloc(BLOCK_BYTES);
  block.write('        ', CHECKSUM_AT, 'latin1');
  block.write('ustar\x0000', MAGIC_AT, 'latin1');
  for (const at of [MAJOR_AT, MINOR_AT]) encodeOctal(block, at, 7, 0);
  return block;
})();

/** The same of an extended header, up to its name and size. */
const PAX_TEMPLATE = ((): Buffer => {
  const block = Buffer.from(TEMPLATE);
  encodeOctal(block, MODE_AT, 7, 0o644);
  for (const at of [UID_AT, GID_AT]) encodeOctal(block, at, 7, 0);
  encodeOctal(block, MTIME_AT, 11, 0);
  block[TYPE_AT] = 'x'.charCodeAt(0);
  return block;
})();

/**
 * The header of `entry`, which its data follows: its content, or its extents one after another, filled up by
 * {@link tarPaddingBytes}.
 *
 * Plain ustar where everything fits. Otherwise PAX records go before it: times with a fraction, long names, large ids and
 * sizes, xattrs as SCHILY.xattr.*. Sparse files are PAX GNU 1.0, with their map at the end of the header; give extents
 * that `tarExtents` made. A directory's path gets its slash. The same entry always gives the same bytes.
 *
 * @throws PlinthError `tar-entry-unencodable`
 */
export function encodeTarHeader(entry: TarHeader): Buffer {
  const plan = planHeader(entry);
  const header = Buffer.allocUnsafe(plan.sizeBytes);
  writeHeader(plan, header, 0);
  return header;
}

/**
 * As {@link encodeTarHeader}, but into `into` at `at`: returns how many bytes were written, or 0 when they do not fit.
 *
 * @throws PlinthError `tar-entry-unencodable`
 */
export function encodeTarHeaderInto(entry: TarHeader, into: Buffer, at: number): number {
  const plan = planHeader(entry);
  if (at + plan.sizeBytes > into.length) return 0;
  writeHeader(plan, into, at);
  return plan.sizeBytes;
}

interface HeaderPlan {
  readonly entry: TarHeader;
  /** What the header block names: the path, or of a sparse file what readers without such make of it. */
  readonly name: string;
  /** Where the slash stands between prefix and name; 0: no prefix. */
  readonly splitAt: number;
  readonly storedBytes: number;
  /** The sparse map. */
  readonly map: Buffer;
  readonly pax: PaxBody;
  /** Of all blocks together. */
  readonly sizeBytes: number;
}

function planHeader(entry: TarHeader): HeaderPlan {
  const path = checkedPath(entry);
  const pax = new PaxBody();
  const sparse = entry.kind === 'file' ? entry.extents : undefined;
  let name: string = path;
  let splitAt = 0;
  let storedBytes = entry.kind === 'file' ? entry.sizeBytes : 0;
  let map = NO_BYTES;
  if (sparse !== undefined) {
    checkTarExtents(sparse, entry.sizeBytes);
    map = encodeSparseMap(sparse, entry.sizeBytes);
    storedBytes = sparse.reduce((sum, { lengthBytes }) => sum + lengthBytes, map.length);
    name = shortName('GNUSparseFile.0/', path);
    addSparse(pax, path, entry.sizeBytes);
  } else if (path.length > NAME_BYTES) {
    splitAt = prefixSplit(path);
    if (splitAt === 0) pax.addName('path', path);
  }
  if (entry.linkTarget.length > LINK_BYTES) pax.addName('linkpath', entry.linkTarget);
  addNumbers(pax, entry, storedBytes);
  for (const [key, value] of entry.xattrs) pax.add(xattrKey(key), value);
  const before = pax.sizeBytes === 0 ? 0 : BLOCK_BYTES + pax.sizeBytes + tarPaddingBytes(pax.sizeBytes);
  return { entry, name, splitAt, storedBytes, map, pax, sizeBytes: before + BLOCK_BYTES + map.length };
}

function checkedPath(entry: TarHeader): ByteString {
  const { path, kind } = entry;
  const fault = entryFault(entry);
  if (fault !== undefined) {
    throw archiveError('tar-entry-unencodable', `write tar: ${JSON.stringify(path.slice(0, 200))}: ${fault}`, { path });
  }
  return kind === 'directory' && !path.endsWith('/') ? (`${path}/` as ByteString) : path;
}

function entryFault({ path, kind, linkTarget, mtimeNs }: TarHeader): string | undefined {
  if (path.length === 0) return 'its name is empty';
  if (path.includes('\0') || linkTarget.includes('\0')) return 'its name or link target holds NUL';
  if (path.length >= TAR_LIMITS.nameBytes || linkTarget.length > TAR_LIMITS.nameBytes) {
    return `its name or link target is over ${TAR_LIMITS.nameBytes} bytes`;
  }
  if (kind !== 'directory' && path.endsWith('/')) return `it is a ${kind} and its name ends in a slash`;
  if (mtimeNs > NS_MAX || mtimeNs < -NS_MAX)
    return 'its modification time is outside 1678 to 2262; touch(1) gives it another';
  return undefined;
}

/** Where to split a long path between prefix and name; 0 when it does not fit them. */
function prefixSplit(path: string): number {
  // The slash at the end of a directory's path is part of its name.
  const slash = path.lastIndexOf('/', Math.min(PREFIX_BYTES, path.length - 2));
  return slash > 0 && path.length - slash - 1 <= NAME_BYTES ? slash : 0;
}

function addSparse(pax: PaxBody, path: ByteString, sizeBytes: number): void {
  pax.add('GNU.sparse.major', '1');
  pax.add('GNU.sparse.minor', '0');
  pax.addName('GNU.sparse.name', path);
  pax.add('GNU.sparse.realsize', `${sizeBytes}`);
}

function addNumbers(pax: PaxBody, { uid, gid, mtimeNs }: TarHeader, storedBytes: number): void {
  if (uid > ID_MAX) pax.add('uid', `${uid}`);
  if (gid > ID_MAX) pax.add('gid', `${gid}`);
  if (storedBytes > WIDE_MAX) pax.add('size', `${storedBytes}`);
  if (mtimeNs % NS !== 0n || mtimeNs < 0n || mtimeNs > WIDE_MAX_NS) pax.add('mtime', formatPaxTime(mtimeNs));
}

/**
 * A record's key must not hold `=`: written as %3D, and % as %25, as GNU tar does. Only where it must be, since Go and
 * libarchive take names as they stand.
 */
function xattrKey(name: ByteString): string {
  const safe = /=|%25|%3D/.test(name) ? name.replaceAll('%', '%25').replaceAll('=', '%3D') : name;
  return `SCHILY.xattr.${safe}`;
}

function shortName(directory: string, path: string): string {
  const end = path.endsWith('/') ? path.length - 1 : path.length;
  const base = path.slice(path.lastIndexOf('/', end - 1) + 1, end);
  return (directory + base).slice(0, NAME_BYTES);
}

function writeHeader(plan: HeaderPlan, into: Buffer, start: number): void {
  const { entry, name, splitAt, storedBytes, map, pax } = plan;
  const at = pax.sizeBytes > 0 ? writePax(pax, entry.path, into, start) : start;
  into.set(TEMPLATE, at);
  if (splitAt > 0) into.write(name.slice(0, splitAt), at + PREFIX_AT, PREFIX_BYTES, 'latin1');
  into.write(splitAt > 0 ? name.slice(splitAt + 1) : name, at, NAME_BYTES, 'latin1');
  if (entry.linkTarget !== '') into.write(entry.linkTarget, at + LINK_AT, LINK_BYTES, 'latin1');
  encodeOctal(into, at + MODE_AT, 7, entry.mode & 0o7777);
  encodeOctal(into, at + UID_AT, 7, Math.min(entry.uid, ID_MAX));
  encodeOctal(into, at + GID_AT, 7, Math.min(entry.gid, ID_MAX));
  encodeOctal(into, at + SIZE_AT, 11, Math.min(storedBytes, WIDE_MAX));
  encodeOctal(into, at + MTIME_AT, 11, wholeSeconds(entry.mtimeNs));
  into[at + TYPE_AT] = TYPES[entry.kind];
  if (entry.kind === 'character' || entry.kind === 'block') {
    encodeOctal(into, at + MAJOR_AT, 7, entry.major);
    encodeOctal(into, at + MINOR_AT, 7, entry.minor);
  }
  writeChecksum(into, at);
  if (map.length > 0) into.set(map, at + BLOCK_BYTES);
}

function wholeSeconds(mtimeNs: bigint): number {
  return mtimeNs < 0n ? 0 : Math.min(Number(mtimeNs / NS), WIDE_MAX);
}

/** Returns where the header of the entry itself goes. */
function writePax(pax: PaxBody, path: string, into: Buffer, start: number): number {
  into.set(PAX_TEMPLATE, start);
  into.write(shortName('PaxHeaders/', path), start, NAME_BYTES, 'latin1');
  encodeOctal(into, start + SIZE_AT, 11, pax.sizeBytes);
  writeChecksum(into, start);
  const end = pax.write(into, start + BLOCK_BYTES);
  const next = end + tarPaddingBytes(pax.sizeBytes);
  into.fill(0, end, next);
  return next;
}

/** Six digits, NUL and a blank: the form that all tars write. */
function writeChecksum(into: Buffer, at: number): void {
  let sum = 0;
  for (let i = at, end = at + BLOCK_BYTES; i < end; i++) sum += into[i] as number;
  encodeOctal(into, at + CHECKSUM_AT, 6, sum);
  into[at + CHECKSUM_AT + 6] = 0;
}

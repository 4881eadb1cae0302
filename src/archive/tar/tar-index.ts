/*
 * The index of a layer: what its tar's headers say, so that they need not be read again.
 *
 *   "PLTARIDX" 8 │ version u32 │ crc32 of all that follows u32 │ entries u32 │ bytes of names u32
 *   names: of each entry the part of its path that differs from the path before it, then its link target
 *   entries, varints: flags │ shared path bytes │ other path bytes │ data offset, counted from where the data before it ended │ …
 *
 * Numbers little-endian. What equals the entry before (mode, owner, time) is a flag and no bytes.
 */
import { crc32 } from 'node:zlib';
import { type ByteString, byteString } from '../../bytes/index.ts';
import { archiveError } from '../archive-error.ts';
import { asBuffer } from '../source.ts';
import { NO_TAR_XATTRS, type TarEntry, type TarExtent, type TarKind } from './entry.ts';

const MAGIC = 'PLTARIDX';
const VERSION = 1;
const HEADER_BYTES = 24;

const KINDS: readonly TarKind[] = ['file', 'directory', 'symlink', 'hardlink', 'character', 'block', 'fifo'];
const KIND_BITS = 0b111;
const SAME_ATTRIBUTES = 1 << 3;
const SAME_TIME = 1 << 4;
const HAS_XATTRS = 1 << 5;
const HAS_EXTENTS = 1 << 6;

/** The entries as bytes for {@link decodeTarIndex}. The same entries always give the same bytes. */
export function encodeTarIndex(entries: readonly TarEntry[]): Buffer {
  const names: string[] = [];
  const writer = new IndexWriter();
  let previous: TarEntry | undefined;
  for (const entry of entries) {
    writer.entry(entry, previous, names);
    previous = entry;
  }
  const heap = Buffer.from(names.join(''), 'latin1');
  const body = writer.finish();
  const index = Buffer.allocUnsafe(HEADER_BYTES + heap.length + body.length);
  index.write(MAGIC, 0, 'latin1');
  index.writeUInt32LE(VERSION, 8);
  index.writeUInt32LE(entries.length, 16);
  index.writeUInt32LE(heap.length, 20);
  heap.copy(index, HEADER_BYTES);
  body.copy(index, HEADER_BYTES + heap.length);
  index.writeUInt32LE(crc32(index.subarray(16)), 12);
  return index;
}

/**
 * The entries of an index made by {@link encodeTarIndex}.
 *
 * @throws PlinthError `tar-index-corrupt`, `tar-index-version`
 */
export function decodeTarIndex(bytes: Uint8Array): TarEntry[] {
  const index = asBuffer(bytes);
  if (index.length < HEADER_BYTES || index.toString('latin1', 0, 8) !== MAGIC)
    throw corrupt('it does not begin with its magic');
  const version = index.readUInt32LE(8);
  if (version !== VERSION) {
    throw archiveError('tar-index-version', `read layer index: version is ${version}, this program reads ${VERSION}`);
  }
  if (index.readUInt32LE(12) !== crc32(index.subarray(16))) throw corrupt('its checksum does not match');
  const count = index.readUInt32LE(16);
  const bodyAt = HEADER_BYTES + index.readUInt32LE(20);
  if (bodyAt > index.length || count > index.length) throw corrupt('its counts go beyond its end');
  const reader = new IndexReader(index, bodyAt);
  const entries = new Array<TarEntry>(count);
  for (let i = 0; i < count; i++) entries[i] = reader.entry();
  if (!reader.atEnd) throw corrupt('bytes follow its last entry');
  return entries;
}

function corrupt(fact: string): Error {
  return archiveError('tar-index-corrupt', `read layer index: ${fact}`);
}

class IndexWriter {
  #bytes = Buffer.allocUnsafe(64 * 1024);
  #at = 0;
  #dataEndBytes = 0;

  entry(entry: TarEntry, previous: TarEntry | undefined, names: string[]): void {
    this.#reserve(256);
    const sameAttributes = previous?.mode === entry.mode && previous.uid === entry.uid && previous.gid === entry.gid;
    const sameTime = previous?.mtimeNs === entry.mtimeNs;
    this.#bytes[this.#at++] =
      KINDS.indexOf(entry.kind) |
      (sameAttributes ? SAME_ATTRIBUTES : 0) |
      (sameTime ? SAME_TIME : 0) |
      (entry.xattrs.size > 0 ? HAS_XATTRS : 0) |
      (entry.extents !== undefined ? HAS_EXTENTS : 0);
    const shared = sharedLength(previous?.path ?? '', entry.path);
    this.#varint(shared);
    this.#varint(entry.path.length - shared);
    names.push(entry.path.slice(shared));
    if (!sameAttributes) this.#attributes(entry);
    if (!sameTime) this.#at = this.#bytes.writeBigInt64LE(entry.mtimeNs, this.#at);
    this.#varint(entry.dataOffsetBytes - this.#dataEndBytes);
    this.#dataEndBytes = entry.dataOffsetBytes;
    this.#kindFields(entry, names);
    if (entry.xattrs.size > 0) this.#xattrs(entry.xattrs);
  }

  finish(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  #attributes({ mode, uid, gid }: TarEntry): void {
    this.#varint(mode);
    this.#varint(uid);
    this.#varint(gid);
  }

  #kindFields(entry: TarEntry, names: string[]): void {
    switch (entry.kind) {
      case 'file':
        this.#varint(entry.storedBytes);
        this.#dataEndBytes += entry.storedBytes;
        if (entry.extents !== undefined) this.#extents(entry.extents, entry.sizeBytes);
        return;
      case 'symlink':
      case 'hardlink':
        this.#varint(entry.linkTarget.length);
        names.push(entry.linkTarget);
        return;
      case 'character':
      case 'block':
        this.#varint(entry.major);
        this.#varint(entry.minor);
    }
  }

  #extents(extents: readonly TarExtent[], sizeBytes: number): void {
    this.#varint(sizeBytes);
    this.#varint(extents.length);
    let endBytes = 0;
    for (const { offsetBytes, lengthBytes } of extents) {
      this.#reserve(32);
      this.#varint(offsetBytes - endBytes);
      this.#varint(lengthBytes);
      endBytes = offsetBytes + lengthBytes;
    }
  }

  #xattrs(xattrs: ReadonlyMap<ByteString, Uint8Array>): void {
    this.#varint(xattrs.size);
    for (const [name, value] of xattrs) {
      this.#reserve(32 + name.length + value.length);
      this.#varint(name.length);
      this.#at += this.#bytes.write(name, this.#at, 'latin1');
      this.#varint(value.length);
      this.#bytes.set(value, this.#at);
      this.#at += value.length;
    }
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest > 0x7fffffff; rest = Math.floor(rest / 128)) this.#bytes[this.#at++] = (rest % 128) | 0x80;
    for (; rest > 0x7f; rest >>>= 7) this.#bytes[this.#at++] = (rest & 0x7f) | 0x80;
    this.#bytes[this.#at++] = rest;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(2 * (this.#bytes.length + bytes));
    this.#bytes.copy(grown, 0, 0, this.#at);
    this.#bytes = grown;
  }
}

function sharedLength(left: string, right: string): number {
  const end = Math.min(left.length, right.length);
  let i = 0;
  while (i < end && left.charCodeAt(i) === right.charCodeAt(i)) i++;
  return i;
}

const NONE = '' as ByteString;

class IndexReader {
  readonly #bytes: Buffer;
  readonly #names: string;
  #at: number;
  #nameAt = 0;
  #dataEndBytes = 0;
  #path = NONE;
  #mode = 0;
  #uid = 0;
  #gid = 0;
  #mtimeNs = 0n;

  constructor(bytes: Buffer, bodyAt: number) {
    this.#bytes = bytes;
    this.#at = bodyAt;
    this.#names = bytes.toString('latin1', HEADER_BYTES, bodyAt);
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  entry(): TarEntry {
    const flags = this.#byte();
    const kind = KINDS[flags & KIND_BITS];
    if (kind === undefined) throw corrupt('an entry has no known kind');
    const shared = this.#varint();
    this.#path = (this.#path.slice(0, shared) + this.#name(this.#varint())) as ByteString;
    if ((flags & SAME_ATTRIBUTES) === 0) {
      this.#mode = this.#varint();
      this.#uid = this.#varint();
      this.#gid = this.#varint();
    }
    if ((flags & SAME_TIME) === 0) this.#mtimeNs = this.#int64();
    const dataOffsetBytes = this.#dataEndBytes + this.#varint();
    const isFile = kind === 'file';
    const isLink = kind === 'symlink' || kind === 'hardlink';
    const isDevice = kind === 'character' || kind === 'block';
    const storedBytes = isFile ? this.#varint() : 0;
    this.#dataEndBytes = dataOffsetBytes + storedBytes;
    const sizeBytes = isFile && (flags & HAS_EXTENTS) !== 0 ? this.#varint() : storedBytes;
    const extents = isFile && (flags & HAS_EXTENTS) !== 0 ? this.#extents() : undefined;
    const entry = {
      path: this.#path,
      kind,
      mode: this.#mode,
      uid: this.#uid,
      gid: this.#gid,
      mtimeNs: this.#mtimeNs,
      linkTarget: isLink ? this.#name(this.#varint()) : NONE,
      major: isDevice ? this.#varint() : 0,
      minor: isDevice ? this.#varint() : 0,
      xattrs: (flags & HAS_XATTRS) !== 0 ? this.#xattrs() : NO_TAR_XATTRS,
      sizeBytes,
      storedBytes,
      dataOffsetBytes,
    };
    return extents === undefined ? entry : { ...entry, extents };
  }

  #extents(): TarExtent[] {
    const count = this.#count();
    const extents: TarExtent[] = [];
    let endBytes = 0;
    for (let i = 0; i < count; i++) {
      const offsetBytes = endBytes + this.#varint();
      const lengthBytes = this.#varint();
      extents.push({ offsetBytes, lengthBytes });
      endBytes = offsetBytes + lengthBytes;
    }
    return extents;
  }

  #xattrs(): ReadonlyMap<ByteString, Uint8Array> {
    const count = this.#count();
    const xattrs = new Map<ByteString, Uint8Array>();
    for (let i = 0; i < count; i++) {
      const name = this.#take(this.#varint());
      const value = this.#take(this.#varint());
      // A copy of its own: a part would keep the whole index in memory.
      xattrs.set(byteString(name), new Uint8Array(value));
    }
    return xattrs;
  }

  #name(length: number): ByteString {
    const from = this.#nameAt;
    this.#nameAt += length;
    if (this.#nameAt > this.#names.length) throw corrupt('a name goes beyond the names');
    return this.#names.slice(from, this.#nameAt) as ByteString;
  }

  #take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw corrupt('it ends inside an entry');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #int64(): bigint {
    if (this.#at + 8 > this.#bytes.length) throw corrupt('it ends inside an entry');
    this.#at += 8;
    return this.#bytes.readBigInt64LE(this.#at - 8);
  }

  #count(): number {
    const count = this.#varint();
    if (count > this.#bytes.length) throw corrupt('its counts go beyond its end');
    return count;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw corrupt('it ends inside an entry');
    return byte;
  }

  #varint(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let factor = 128; factor < Number.MAX_SAFE_INTEGER; factor *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw corrupt('a number is too long');
  }
}

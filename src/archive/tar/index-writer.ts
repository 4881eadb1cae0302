import type { ByteString } from '../../bytes/index.ts';
import type { TarEntry, TarExtent } from './entry.ts';
import { HAS_EXTENTS, HAS_XATTRS, KINDS, SAME_ATTRIBUTES, SAME_TIME } from './index-record.ts';

/** Writes the records of a layer index; see tar-index.ts. */
export class IndexWriter {
  #bytes: Buffer = Buffer.allocUnsafe(64 * 1024);
  #at = 0;
  #names: Buffer = Buffer.allocUnsafe(64 * 1024);
  #namesAt = 0;
  #dataEndBytes = 0;
  #previous: TarEntry | undefined;

  /** All that the records say in text. */
  get names(): Buffer {
    return this.#names.subarray(0, this.#namesAt);
  }

  /** All records. */
  get records(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Adds a record. */
  entry(entry: TarEntry): void {
    this.#bytes = withRoom(this.#bytes, this.#at, 256);
    const previous = this.#previous;
    this.#previous = entry;
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
    this.#name(entry.path.slice(shared));
    if (!sameAttributes) this.#attributes(entry);
    if (!sameTime) this.#at = this.#bytes.writeBigInt64LE(entry.mtimeNs, this.#at);
    const gapBytes = entry.dataOffsetBytes - this.#dataEndBytes;
    if (!(gapBytes >= 0)) throw new RangeError(`tar entries are out of order at ${JSON.stringify(entry.path)}`);
    this.#varint(gapBytes);
    this.#dataEndBytes = entry.dataOffsetBytes;
    this.#kindFields(entry);
    if (entry.xattrs.size > 0) this.#xattrs(entry.xattrs);
  }

  #attributes({ mode, uid, gid }: TarEntry): void {
    this.#varint(mode);
    this.#varint(uid);
    this.#varint(gid);
  }

  #kindFields(entry: TarEntry): void {
    switch (entry.kind) {
      case 'file':
        this.#varint(entry.storedBytes);
        this.#dataEndBytes += entry.storedBytes;
        if (entry.extents !== undefined) this.#extents(entry.extents, entry.sizeBytes);
        return;
      case 'symlink':
      case 'hardlink':
        this.#varint(entry.linkTarget.length);
        this.#name(entry.linkTarget);
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
      this.#bytes = withRoom(this.#bytes, this.#at, 32);
      this.#varint(offsetBytes - endBytes);
      this.#varint(lengthBytes);
      endBytes = offsetBytes + lengthBytes;
    }
  }

  #xattrs(xattrs: ReadonlyMap<ByteString, Uint8Array>): void {
    this.#varint(xattrs.size);
    for (const [name, value] of xattrs) {
      this.#bytes = withRoom(this.#bytes, this.#at, 32 + name.length + value.length);
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

  #name(name: string): void {
    this.#names = withRoom(this.#names, this.#namesAt, name.length);
    this.#namesAt += this.#names.write(name, this.#namesAt, 'latin1');
  }
}

/** `buffer`, or a larger one with the first `usedBytes` of it, so that `moreBytes` fit behind them. */
function withRoom(buffer: Buffer, usedBytes: number, moreBytes: number): Buffer {
  if (usedBytes + moreBytes <= buffer.length) return buffer;
  const grown = Buffer.allocUnsafe(2 * (buffer.length + moreBytes));
  buffer.copy(grown, 0, 0, usedBytes);
  return grown;
}

function sharedLength(left: string, right: string): number {
  const end = Math.min(left.length, right.length);
  let i = 0;
  while (i < end && left.charCodeAt(i) === right.charCodeAt(i)) i++;
  return i;
}

import { type ByteString, byteString } from '../../bytes/index.ts';
import { NO_TAR_XATTRS, type TarEntry, type TarExtent } from './entry.ts';
import { corruptIndex, HAS_EXTENTS, HAS_XATTRS, KIND_BITS, KINDS, SAME_ATTRIBUTES, SAME_TIME } from './index-record.ts';

const NONE = '' as ByteString;

/** Reads the records of a layer index; see tar-index.ts. */
export class IndexReader {
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

  /** Names lie at `namesAt`, the records from `bodyAt` to the end. */
  constructor(bytes: Buffer, namesAt: number, bodyAt: number) {
    this.#bytes = bytes;
    this.#at = bodyAt;
    this.#names = bytes.toString('latin1', namesAt, bodyAt);
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** @throws PlinthError `tar-index-corrupt` */
  entry(): TarEntry {
    const flags = this.#byte();
    const kind = KINDS[flags & KIND_BITS];
    if (kind === undefined) throw corruptIndex('an entry has no known kind');
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
    if (this.#nameAt > this.#names.length) throw corruptIndex('a name goes beyond the names');
    return this.#names.slice(from, this.#nameAt) as ByteString;
  }

  #take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw corruptIndex('it ends inside an entry');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #int64(): bigint {
    if (this.#at + 8 > this.#bytes.length) throw corruptIndex('it ends inside an entry');
    this.#at += 8;
    return this.#bytes.readBigInt64LE(this.#at - 8);
  }

  #count(): number {
    const count = this.#varint();
    if (count > this.#bytes.length) throw corruptIndex('its counts go beyond its end');
    return count;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw corruptIndex('it ends inside an entry');
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
    throw corruptIndex('a number is too long');
  }
}

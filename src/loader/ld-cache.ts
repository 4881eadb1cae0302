// ld.so.cache, in the byte order of its machine:
//   old    0 "ld.so-1.7.0"  12 count  16 entries: flags, name, path (4 bytes each)   texts after the last entry
//   new    0 "glibc-ld.so.cache1.1"  20 count  24 size of the texts  28 order (2 little, 3 big)  32 extensions
//          48 entries: 0 flags  4 name  8 path  12 OS version  16 hwcap (8 bytes)    texts from the start of this part
//   The new format may follow the old one, aligned to 8.
//   extensions  0 magic  4 count  8 entries: tag, flags, offset, size (4 bytes each); tag 1: offsets of names of hwcaps
import type { ByteString } from '../bytes/index.ts';

/** A library that the cache knows. */
export interface CacheEntry {
  readonly path: ByteString;
  /** Kind of library: libc 6 is 3 in the lowest byte, the architecture stands in the next. */
  readonly flags: number;
  /** The subdirectory of glibc-hwcaps that it is from. */
  readonly hwcap: ByteString | undefined;
  /** Bits of processor features by which older versions chose; 0 for most. */
  readonly legacyHwcap: bigint;
}

/** The entries of a cache by the names of libraries, in the order of the file: the preferred come first. */
export type LoaderCache = ReadonlyMap<ByteString, readonly CacheEntry[]>;

const OLD_MAGIC = 'ld.so-1.7.0';
const NEW_MAGIC = 'glibc-ld.so.cache1.1';
const OLD_ENTRY_BYTES = 12;
const NEW_ENTRY_BYTES = 24;
const NEW_HEADER_BYTES = 48;
const EXTENSION_MAGIC = 0xeaa42174;
const HWCAPS_TAG = 1;
const SECTION_LIMIT = 64;
/** Set in the upper half of an hwcap whose lower half is the number of a name in the extensions. */
const NAMED_HWCAP = 1n << 62n;
const TEXT_LIMIT_BYTES = 4096;

/** Reads a cache; undefined if `bytes` are none. Entries that point out of it are left out. */
export function parseLoaderCache(bytes: Buffer): LoaderCache | undefined {
  if (bytes.toString('latin1', 0, NEW_MAGIC.length) === NEW_MAGIC) return parseNew(bytes);
  if (bytes.toString('latin1', 0, OLD_MAGIC.length) !== OLD_MAGIC || bytes.length < 16) return undefined;
  const little = likelyLittle(bytes, { countAt: 12, entriesAt: 16, entryBytes: OLD_ENTRY_BYTES });
  const reader = new Reader(bytes, little);
  const count = Math.min(reader.word(12), Math.floor((bytes.length - 16) / OLD_ENTRY_BYTES));
  const textsAt = 16 + count * OLD_ENTRY_BYTES;
  const newAt = Math.ceil(textsAt / 8) * 8;
  if (bytes.toString('latin1', newAt, newAt + NEW_MAGIC.length) === NEW_MAGIC) return parseNew(bytes.subarray(newAt));
  const cache = new Map<ByteString, CacheEntry[]>();
  for (let index = 0; index < count; index++) {
    const at = 16 + index * OLD_ENTRY_BYTES;
    add(cache, reader, { at, textsAt, hwcap: undefined, legacyHwcap: 0n });
  }
  return cache;
}

function parseNew(bytes: Buffer): LoaderCache | undefined {
  if (bytes.length < NEW_HEADER_BYTES) return undefined;
  const order = (bytes[28] ?? 0) & 3;
  const shape = { countAt: 20, entriesAt: NEW_HEADER_BYTES, entryBytes: NEW_ENTRY_BYTES };
  const little = order === 2 || (order !== 3 && likelyLittle(bytes, shape));
  const reader = new Reader(bytes, little);
  const count = Math.min(reader.word(20), Math.floor((bytes.length - NEW_HEADER_BYTES) / NEW_ENTRY_BYTES));
  const hwcaps = order === 0 ? [] : namedHwcaps(reader, reader.word(32));
  const cache = new Map<ByteString, CacheEntry[]>();
  for (let index = 0; index < count; index++) {
    const at = NEW_HEADER_BYTES + index * NEW_ENTRY_BYTES;
    const bits = reader.long(at + 16);
    const named = bits >> 32n === NAMED_HWCAP >> 32n;
    const hwcap = named ? (hwcaps[Number(bits & 0xffffffffn)] ?? ('' as ByteString)) : undefined;
    add(cache, reader, { at, textsAt: 0, hwcap, legacyHwcap: named ? 0n : bits });
  }
  return cache;
}

function namedHwcaps(reader: Reader, extensionsAt: number): ByteString[] {
  const { bytes } = reader;
  if (extensionsAt === 0 || extensionsAt + 8 > bytes.length || reader.word(extensionsAt) !== EXTENSION_MAGIC) return [];
  const count = Math.min(reader.word(extensionsAt + 4), SECTION_LIMIT);
  for (let index = 0; index < count; index++) {
    const at = extensionsAt + 8 + index * 16;
    if (at + 16 > bytes.length) return [];
    const [start, size] = [reader.word(at + 8), reader.word(at + 12)];
    if (reader.word(at) !== HWCAPS_TAG || start + size > bytes.length) continue;
    return Array.from({ length: Math.min(Math.floor(size / 4), SECTION_LIMIT) }, (_, place) =>
      reader.text(reader.word(start + place * 4)),
    ).map((name) => name ?? ('' as ByteString));
  }
  return [];
}

interface EntryPlace {
  readonly at: number;
  readonly textsAt: number;
  readonly hwcap: ByteString | undefined;
  readonly legacyHwcap: bigint;
}

function add(cache: Map<ByteString, CacheEntry[]>, reader: Reader, place: EntryPlace): void {
  const { at, textsAt, hwcap, legacyHwcap } = place;
  const name = reader.text(textsAt + reader.word(at + 4));
  const path = reader.text(textsAt + reader.word(at + 8));
  if (name === undefined || path === undefined) return;
  const entry: CacheEntry = { path, flags: reader.word(at), hwcap, legacyHwcap };
  const entries = cache.get(name);
  if (entries === undefined) cache.set(name, [entry]);
  else entries.push(entry);
}

interface Shape {
  readonly countAt: number;
  readonly entriesAt: number;
  readonly entryBytes: number;
}

/** The byte order in which as many entries as the count says fit in the file. */
function likelyLittle(bytes: Buffer, { countAt, entriesAt, entryBytes }: Shape): boolean {
  return entriesAt + bytes.readUInt32LE(countAt) * entryBytes <= bytes.length;
}

class Reader {
  readonly bytes: Buffer;
  readonly #little: boolean;

  constructor(bytes: Buffer, little: boolean) {
    this.bytes = bytes;
    this.#little = little;
  }

  word(at: number): number {
    return this.#little ? this.bytes.readUInt32LE(at) : this.bytes.readUInt32BE(at);
  }

  long(at: number): bigint {
    return this.#little ? this.bytes.readBigUInt64LE(at) : this.bytes.readBigUInt64BE(at);
  }

  text(at: number): ByteString | undefined {
    const end = at < this.bytes.length ? this.bytes.indexOf(0, at) : -1;
    if (end < 0 || end - at > TEXT_LIMIT_BYTES) return undefined;
    return this.bytes.toString('latin1', at, end) as ByteString;
  }
}

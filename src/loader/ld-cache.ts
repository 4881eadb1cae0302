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
  const shape = { countAt: 12, entriesAt: 16, entryBytes: OLD_ENTRY_BYTES };
  const reader = new Reader(bytes, likelyLittle(bytes, shape));
  const count = countOf(reader, shape);
  const textsAt = 16 + count * OLD_ENTRY_BYTES;
  const newAt = Math.ceil(textsAt / 8) * 8;
  if (bytes.toString('latin1', newAt, newAt + NEW_MAGIC.length) === NEW_MAGIC) return parseNew(bytes.subarray(newAt));
  return new LoaderCache(reader, { ...shape, count, textsAt, hwcaps: undefined });
}

function parseNew(bytes: Buffer): LoaderCache | undefined {
  if (bytes.length < NEW_HEADER_BYTES) return undefined;
  const order = (bytes[28] ?? 0) & 3;
  const shape = { countAt: 20, entriesAt: NEW_HEADER_BYTES, entryBytes: NEW_ENTRY_BYTES };
  const reader = new Reader(bytes, order === 2 || (order !== 3 && likelyLittle(bytes, shape)));
  const hwcaps = order === 0 ? [] : namedHwcaps(reader, reader.word(32));
  return new LoaderCache(reader, { ...shape, count: countOf(reader, shape), textsAt: 0, hwcaps });
}

interface Entries {
  readonly entriesAt: number;
  readonly entryBytes: number;
  readonly count: number;
  readonly textsAt: number;
  /** The names of hwcaps by their numbers; undefined in the old format, which knows none. */
  readonly hwcaps: readonly ByteString[] | undefined;
}

const NO_ENTRY = -1;

/** The entries of a cache by the names of libraries. Only those that are asked for are read beyond their names. */
export class LoaderCache {
  readonly #reader: Reader;
  readonly #entries: Entries;
  /** The first entry of each name, and after each entry the next of its name. */
  readonly #first = new Map<ByteString, number>();
  readonly #next: Int32Array;

  constructor(reader: Reader, entries: Entries) {
    this.#reader = reader;
    this.#entries = entries;
    this.#next = new Int32Array(entries.count).fill(NO_ENTRY);
    for (let index = entries.count - 1; index >= 0; index--) {
      const name = this.#text(index, 4);
      if (name === undefined) continue;
      this.#next[index] = this.#first.get(name) ?? NO_ENTRY;
      this.#first.set(name, index);
    }
  }

  /** Each name once, in the order of the file. */
  names(): ByteString[] {
    return [...this.#first.keys()].reverse();
  }

  /** The entries of one name, in the order of the file: the preferred come first. */
  get(name: ByteString): CacheEntry[] {
    const found: CacheEntry[] = [];
    for (let index = this.#first.get(name) ?? NO_ENTRY; index !== NO_ENTRY; index = this.#next[index] ?? NO_ENTRY) {
      const entry = this.#entry(index);
      if (entry !== undefined) found.push(entry);
    }
    return found;
  }

  #entry(index: number): CacheEntry | undefined {
    const path = this.#text(index, 8);
    if (path === undefined) return undefined;
    const at = this.#entries.entriesAt + index * this.#entries.entryBytes;
    return { path, flags: this.#reader.word(at), ...this.#hwcapAt(at + 16) };
  }

  #hwcapAt(at: number): Pick<CacheEntry, 'hwcap' | 'legacyHwcap'> {
    const { hwcaps } = this.#entries;
    const bits = hwcaps === undefined ? 0n : this.#reader.long(at);
    if (bits >> 32n !== NAMED_HWCAP >> 32n) return { hwcap: undefined, legacyHwcap: bits };
    return { hwcap: hwcaps?.[Number(bits & 0xffffffffn)] ?? ('' as ByteString), legacyHwcap: 0n };
  }

  /** The text whose offset stands at `fieldAt` of an entry. */
  #text(index: number, fieldAt: number): ByteString | undefined {
    const { entriesAt, entryBytes, textsAt } = this.#entries;
    return this.#reader.text(textsAt + this.#reader.word(entriesAt + index * entryBytes + fieldAt));
  }
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

interface Shape {
  readonly countAt: number;
  readonly entriesAt: number;
  readonly entryBytes: number;
}

/** The byte order in which as many entries as the count says fit in the file. */
function likelyLittle(bytes: Buffer, { countAt, entriesAt, entryBytes }: Shape): boolean {
  return entriesAt + bytes.readUInt32LE(countAt) * entryBytes <= bytes.length;
}

/** As many entries as there can be of those that are promised. */
function countOf(reader: Reader, { countAt, entriesAt, entryBytes }: Shape): number {
  return Math.min(reader.word(countAt), Math.floor((reader.bytes.length - entriesAt) / entryBytes));
}

class Reader {
  readonly bytes: Buffer;
  readonly #view: DataView;
  readonly #text: string;
  readonly #little: boolean;

  constructor(bytes: Buffer, little: boolean) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#text = bytes.toString('latin1');
    this.#little = little;
  }

  word(at: number): number {
    return this.#view.getUint32(at, this.#little);
  }

  long(at: number): bigint {
    return this.#view.getBigUint64(at, this.#little);
  }

  text(at: number): ByteString | undefined {
    const end = at < this.#text.length ? this.#text.indexOf('\0', at) : -1;
    return end < 0 || end - at > TEXT_LIMIT_BYTES ? undefined : (this.#text.slice(at, end) as ByteString);
  }
}

/*
 * The index of a layer: what its tar's headers say, so that they need not be read again.
 *
 *   "PLTARIDX" 8 │ version u32 │ entries u32 │ bytes of names u32
 *   names: of each entry the part of its path that differs from the path before it, then its link target
 *   entries, varints: flags │ shared path bytes │ other path bytes │ data offset, counted from where the data before it ended │ …
 *
 *   first 8 bytes of the sha256 of all before: loading zlib for a crc32 costs more than the better checksum
 *
 * Numbers little-endian. What equals the entry before (mode, owner, time) is a flag and no bytes.
 */
import { createHash } from 'node:crypto';
import { archiveError } from '../archive-error.ts';
import { asBuffer } from '../source.ts';
import type { TarEntry } from './entry.ts';
import { IndexReader } from './index-reader.ts';
import { corruptIndex } from './index-record.ts';
import { IndexWriter } from './index-writer.ts';

const MAGIC = 'PLTARIDX';
const VERSION = 1;
const HEADER_BYTES = 20;
const CHECKSUM_BYTES = 8;

/**
 * Makes an index entry by entry, so that nobody need keep them: an entry takes some 300 bytes of memory, a record 20.
 * The same entries always give the same bytes.
 */
export class TarIndexEncoder {
  readonly #writer = new IndexWriter();
  #count = 0;

  /** Adds an entry; they come in the order of their data. */
  add(entry: TarEntry): void {
    this.#writer.entry(entry);
    this.#count++;
  }

  /** The index for {@link decodeTarIndex}. */
  finish(): Buffer {
    const { names, records } = this.#writer;
    const header = Buffer.alloc(HEADER_BYTES);
    header.write(MAGIC, 0, 'latin1');
    header.writeUInt32LE(VERSION, 8);
    header.writeUInt32LE(this.#count, 12);
    header.writeUInt32LE(names.length, 16);
    const index = Buffer.concat([header, names, records, Buffer.alloc(CHECKSUM_BYTES)]);
    checksum(index).copy(index, index.length - CHECKSUM_BYTES);
    return index;
  }
}

/** The entries as bytes for {@link decodeTarIndex}. The same entries always give the same bytes. */
export function encodeTarIndex(entries: Iterable<TarEntry>): Buffer {
  const encoder = new TarIndexEncoder();
  for (const entry of entries) encoder.add(entry);
  return encoder.finish();
}

/** Of all but the place where it stands itself. */
function checksum(index: Buffer): Buffer {
  const hash = createHash('sha256').update(index.subarray(0, -CHECKSUM_BYTES));
  return hash.digest().subarray(0, CHECKSUM_BYTES);
}

/**
 * The entries of an index made by {@link encodeTarIndex}.
 *
 * @throws PlinthError `tar-index-corrupt`, `tar-index-version`
 */
export function decodeTarIndex(bytes: Uint8Array): TarEntry[] {
  const index = asBuffer(bytes);
  const end = index.length - CHECKSUM_BYTES;
  if (end < HEADER_BYTES || index.toString('latin1', 0, 8) !== MAGIC) {
    throw corruptIndex('it does not begin with its magic');
  }
  const version = index.readUInt32LE(8);
  if (version !== VERSION) {
    throw archiveError('tar-index-version', `read layer index: version is ${version}, this program reads ${VERSION}`);
  }
  if (!checksum(index).equals(index.subarray(end))) throw corruptIndex('its checksum does not match');
  const count = index.readUInt32LE(12);
  const bodyAt = HEADER_BYTES + index.readUInt32LE(16);
  if (bodyAt > end || count > end) throw corruptIndex('its counts go beyond its end');
  const reader = new IndexReader(index.subarray(0, end), HEADER_BYTES, bodyAt);
  const entries = new Array<TarEntry>(count);
  for (let i = 0; i < count; i++) entries[i] = reader.entry();
  if (!reader.atEnd) throw corruptIndex('bytes follow its last entry');
  return entries;
}

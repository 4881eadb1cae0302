// Symbol versions (LSB, "Symbol Versioning"), the same layout in both classes, offsets from the record itself:
//   needed file   0 version  2 count  4 file name  8 first name  12 next file   (16 bytes)
//   needed name   0 hash     4 flags  6 other      8 name        12 next        (16 bytes)
//   defined       0 version  2 flags  4 index  6 count  8 hash  12 first name  16 next   (20 bytes)
//   defined name  0 name     4 next                                             (8 bytes)
import type { ByteString } from '../../bytes/index.ts';
import { DT, type DynamicEntries, type DynamicTexts } from './dynamic.ts';
import type { ElfTable } from './elf-bytes.ts';
import { elfInvalid } from './elf-read-error.ts';
import { type Headers, locate } from './header.ts';

/** The versions that a file needs from one library. */
export interface VersionsNeeded {
  /** As in the list of needed libraries. */
  readonly file: ByteString;
  readonly versions: readonly VersionNeeded[];
}

export interface VersionNeeded {
  readonly name: ByteString;
  /** Its absence is no reason not to start. */
  readonly weak: boolean;
}

/** The dynamic section of a file and the texts that it names. */
export interface Dynamic {
  readonly headers: Headers;
  readonly entries: DynamicEntries;
  readonly texts: DynamicTexts;
}

const VERSION_LIMIT = 8192;
const WEAK = 2;
const BASE = 1;

/** @throws PlinthError `elf-invalid` */
export function readVersionsNeeded(dynamic: Dynamic): VersionsNeeded[] {
  const place = 'needed versions';
  const records = new Records(dynamic, { tag: DT.versionsNeeded, sizeBytes: 16, place });
  const found: VersionsNeeded[] = [];
  let left = dynamic.entries.first(DT.versionsNeededCount) ?? 0;
  for (let at = 0; left > 0; left--) {
    const record = records.at(at);
    const count = record.half(2);
    const file = record.word(4);
    const first = record.word(8);
    const next = record.word(12);
    const versions = readNames(records, { at: at + first, count }, dynamic.texts);
    found.push({ file: dynamic.texts.at(file), versions });
    if (next === 0) break;
    at += next;
  }
  return found;
}

function readNames(
  records: Records,
  { at, count }: { readonly at: number; readonly count: number },
  texts: DynamicTexts,
): VersionNeeded[] {
  const versions: VersionNeeded[] = [];
  for (let left = count, nameAt = at; left > 0; left--) {
    const record = records.at(nameAt);
    const flags = record.half(4);
    const name = record.word(8);
    const next = record.word(12);
    versions.push({ name: texts.at(name), weak: (flags & WEAK) !== 0 });
    if (next === 0) break;
    nameAt += next;
  }
  return versions;
}

/** The names of the versions that a file defines, without that of the file itself. @throws PlinthError `elf-invalid` */
export function readVersionsDefined(dynamic: Dynamic): ByteString[] {
  const place = 'defined versions';
  const records = new Records(dynamic, { tag: DT.versionsDefined, sizeBytes: 20, place });
  const found: ByteString[] = [];
  let left = dynamic.entries.first(DT.versionsDefinedCount) ?? 0;
  for (let at = 0; left > 0; left--) {
    const record = records.at(at);
    const flags = record.half(2);
    const first = record.word(12);
    const next = record.word(16);
    // Of the names of a version the first is its own, the others are those that it succeeds.
    if ((flags & BASE) === 0) found.push(dynamic.texts.at(records.at(at + first, 8).word(0)));
    if (next === 0) break;
    at += next;
  }
  return found;
}

interface RecordKind {
  readonly tag: number;
  readonly sizeBytes: number;
  readonly place: string;
}

/** The records of a version table, each within the segment that loads it, and not more than a limit. */
class Records {
  readonly #dynamic: Dynamic;
  readonly #kind: RecordKind;
  #start: { readonly offsetBytes: number; readonly leftBytes: number } | undefined;
  #left = VERSION_LIMIT;

  constructor(dynamic: Dynamic, kind: RecordKind) {
    this.#dynamic = dynamic;
    this.#kind = kind;
  }

  at(offset: number, sizeBytes: number = this.#kind.sizeBytes): ElfTable {
    const { tag, place } = this.#kind;
    this.#start ??= locate(this.#dynamic.headers, this.#dynamic.entries.first(tag) ?? 0, place);
    if (offset + sizeBytes > this.#start.leftBytes) throw elfInvalid(place, `a record lies at ${offset}, past the end`);
    if (this.#left-- === 0) throw elfInvalid(place, `there are more than ${VERSION_LIMIT} records`);
    return this.#dynamic.headers.bytes.table(this.#start.offsetBytes + offset, sizeBytes, place);
  }
}

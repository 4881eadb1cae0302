// Entry of the dynamic section (gABI, chapter 5): tag, value; 4 bytes each in class 32, 8 in class 64.
import type { ByteString } from '../../bytes/index.ts';
import { elfInvalid } from './elf-read-error.ts';
import { type Headers, locate, PT_DYNAMIC } from './header.ts';

const DT_NULL = 0;
const ENTRY_LIMIT = 4096;
const PLACE = 'dynamic section';

/** Tags of dynamic entries (gABI; the GNU ones from glibc's documentation of its extensions). */
export const DT = {
  needed: 1,
  hash: 4,
  strings: 5,
  symbols: 6,
  soname: 14,
  rpath: 15,
  runpath: 29,
  mipsSymbolCount: 0x70000011,
  gnuHash: 0x6ffffef5,
  flags1: 0x6ffffffb,
  versionsDefined: 0x6ffffffc,
  versionsDefinedCount: 0x6ffffffd,
  versionsNeeded: 0x6ffffffe,
  versionsNeededCount: 0x6fffffff,
  auxiliary: 0x7ffffffd,
  filter: 0x7fffffff,
} as const;

const WANTED: ReadonlySet<number> = new Set(Object.values(DT));

/** The dynamic entries of a file that have one of the tags above, in the file's order. */
export class DynamicEntries {
  readonly #tags: number[] = [];
  readonly #values: number[] = [];

  add(tag: number, value: number): void {
    this.#tags.push(tag);
    this.#values.push(value);
  }

  first(tag: number): number | undefined {
    const index = this.#tags.indexOf(tag);
    return index < 0 ? undefined : this.#values[index];
  }

  last(tag: number): number | undefined {
    const index = this.#tags.lastIndexOf(tag);
    return index < 0 ? undefined : this.#values[index];
  }

  all(tag: number): number[] {
    return this.#values.filter((_, index) => this.#tags[index] === tag);
  }
}

/** The dynamic section; undefined if there is none. @throws PlinthError `elf-invalid` */
export function readDynamic({ bytes, segments }: Headers): DynamicEntries | undefined {
  const segment = segments.find(({ type }) => type === PT_DYNAMIC);
  if (segment === undefined || segment.sizeBytes === 0) return undefined;
  const width = bytes.wide ? 8 : 4;
  const count = Math.min(Math.floor(segment.sizeBytes / (2 * width)), ENTRY_LIMIT + 1);
  const table = bytes.table(segment.offsetBytes, count * 2 * width, PLACE);
  const entries = new DynamicEntries();
  for (let index = 0; index < count; index++) {
    const tag = table.address(index * 2 * width);
    if (tag === DT_NULL) return entries;
    if (WANTED.has(tag)) entries.add(tag, table.address(index * 2 * width + width));
  }
  if (count > ENTRY_LIMIT) throw elfInvalid(PLACE, `it has more than ${ENTRY_LIMIT} entries`);
  return entries;
}

/** Names of libraries and versions, and search paths: PATH_MAX, and what the longest lists of Nix and Guix need. */
const NAME_LIMIT_BYTES = 4096;
const LIST_LIMIT_BYTES = 1 << 16;
/** All texts of a file together; the largest libraries have some ten kilobytes. */
const TEXTS_LIMIT_BYTES = 1 << 20;

/** The texts that a dynamic section names by their offsets. */
export class DynamicTexts {
  readonly #headers: Headers;
  readonly #entries: DynamicEntries;
  #start: { readonly offsetBytes: number; readonly leftBytes: number } | undefined;
  #takenBytes = 0;

  constructor(headers: Headers, entries: DynamicEntries) {
    this.#headers = headers;
    this.#entries = entries;
  }

  /** The texts of all entries with `tag`. */
  all(tag: number): ByteString[] {
    return this.#entries.all(tag).map((offset) => this.at(offset));
  }

  /** The list of directories of the last entry with `tag`, which is the one that counts. */
  list(tag: number): ByteString | undefined {
    const offset = this.#entries.last(tag);
    return offset === undefined ? undefined : this.#take(offset, LIST_LIMIT_BYTES);
  }

  last(tag: number): ByteString | undefined {
    const offset = this.#entries.last(tag);
    return offset === undefined ? undefined : this.at(offset);
  }

  at(offset: number): ByteString {
    return this.#take(offset, NAME_LIMIT_BYTES);
  }

  #take(offset: number, limitBytes: number): ByteString {
    const place = 'string table';
    this.#start ??= locate(this.#headers, this.#entries.first(DT.strings) ?? 0, place);
    const { offsetBytes, leftBytes } = this.#start;
    if (offset >= leftBytes) throw elfInvalid(place, `it has ${leftBytes} bytes, and a text is to be at ${offset}`);
    const text = this.#headers.bytes.text(offsetBytes + offset, Math.min(limitBytes, leftBytes - offset), place);
    this.#takenBytes += text.length;
    if (this.#takenBytes > TEXTS_LIMIT_BYTES) throw elfInvalid(place, `its texts are over ${TEXTS_LIMIT_BYTES} bytes`);
    return text;
  }
}

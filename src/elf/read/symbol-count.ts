// hash table (gABI, chapter 5):  0 buckets  4 chains = symbols; 8 bytes each on Alpha and 64-bit S/390
// GNU hash table:                0 buckets  4 the first symbol that it holds  8 words of a filter
//                                16 filter, buckets, chains: a word for each symbol, odd at the end of a chain
import { DT, type DynamicEntries } from './dynamic.ts';
import type { ElfTable } from './elf-bytes.ts';
import { FLAGS_1 } from './elf-file.ts';
import { elfInvalid } from './elf-read-error.ts';
import { type Headers, locate, PT_INTERP } from './header.ts';
import type { Dynamic } from './versions.ts';

/** The most symbols that are looked at. */
export const SYMBOL_LIMIT: number = 1 << 17;
const BUCKET_LIMIT = 1 << 18;
/** So that a chunk is read into a buffer that serves again. */
const CHUNK_BUCKETS = 4096;
const EM_S390 = 22;
const EM_ALPHA = 0x9026;
const PLACE = 'hash table';

/**
 * How many symbols of a file may be undefined, from its first on, as its hash tables tell.
 *
 * @throws PlinthError `elf-invalid`
 */
export function undefinedLimit({ headers, entries }: Dynamic): number {
  const gnuHash = entries.first(DT.gnuHash);
  const hash = entries.first(DT.hash);
  if (gnuHash !== undefined) return gnuHashLimit(headers, gnuHash, isLibrary(headers, entries));
  if (hash === undefined) return entries.first(DT.mipsSymbolCount) ?? 0;
  const { machine, class: elfClass } = headers.header;
  const wideWords = machine === EM_ALPHA || (machine === EM_S390 && elfClass === 64);
  const { offsetBytes } = locate(headers, hash, PLACE);
  const table = headers.bytes.table(offsetBytes, wideWords ? 16 : 8, PLACE);
  return wideWords ? table.long(8) : table.word(4);
}

function isLibrary({ header, segments }: Headers, entries: DynamicEntries): boolean {
  if (header.type !== 'shared' || segments.some(({ type }) => type === PT_INTERP)) return false;
  return ((entries.first(DT.flags1) ?? 0) & FLAGS_1.pie) === 0;
}

/**
 * A hashed symbol is defined, but in a program it may be undefined, if its address is taken: it has that of an entry in the
 * program's PLT. There it is one more than the last symbol of the chain that begins last.
 */
function gnuHashLimit({ bytes, segments }: Headers, address: number, library: boolean): number {
  const { offsetBytes } = locate({ segments }, address, PLACE);
  const head = bytes.table(offsetBytes, 16, PLACE);
  const [buckets, first, filterWords] = [head.word(0), head.word(4), head.word(8)];
  if (library) return first;
  const bucketsAt = offsetBytes + 16 + filterWords * (bytes.wide ? 8 : 4);
  if (buckets > BUCKET_LIMIT) throw elfInvalid(PLACE, `it has ${buckets} buckets, more than ${BUCKET_LIMIT}`);
  let last = 0;
  for (let index = 0; index < buckets; index += CHUNK_BUCKETS) {
    const count = Math.min(CHUNK_BUCKETS, buckets - index);
    last = Math.max(last, highestWord(bytes.table(bucketsAt + index * 4, count * 4, PLACE)));
  }
  if (last < first) return first;
  for (; last - first < SYMBOL_LIMIT; last++) {
    const link = bucketsAt + buckets * 4 + (last - first) * 4;
    if ((bytes.table(link, 4, PLACE).word(0) & 1) !== 0) break;
  }
  return last + 1;
}

function highestWord(table: ElfTable): number {
  let highest = 0;
  for (let at = 0; at < table.lengthBytes; at += 4) {
    const word = table.word(at);
    if (word > highest) highest = word;
  }
  return highest;
}

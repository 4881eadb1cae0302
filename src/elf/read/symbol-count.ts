// hash table (gABI, chapter 5):  0 buckets  4 chains = symbols; 8 bytes each on Alpha and 64-bit S/390
// GNU hash table:                0 buckets  4 the first symbol that it holds  8 words of a filter
//                                16 filter, buckets, chains: a word for each symbol, odd at the end of a chain
import { DT } from './dynamic.ts';
import { type Headers, locate } from './header.ts';
import type { Dynamic } from './versions.ts';

/** The most symbols that are looked at. */
export const SYMBOL_LIMIT: number = 1 << 17;
const EM_S390 = 22;
const EM_ALPHA = 0x9026;
const PLACE = 'hash table';

/** How many symbols a file has, as its hash tables tell. @throws PlinthError `elf-invalid` */
export function symbolCount({ headers, entries }: Dynamic): number {
  const gnuHash = entries.first(DT.gnuHash);
  const hash = entries.first(DT.hash);
  if (gnuHash !== undefined) return gnuHashCount(headers, gnuHash);
  if (hash === undefined) return entries.first(DT.mipsSymbolCount) ?? 0;
  const { machine, class: elfClass } = headers.header;
  const wideWords = machine === EM_ALPHA || (machine === EM_S390 && elfClass === 64);
  const { offsetBytes } = locate(headers, hash, PLACE);
  const table = headers.bytes.table(offsetBytes, wideWords ? 16 : 8, PLACE);
  return wideWords ? table.long(8) : table.word(4);
}

/** One more than the last symbol of the chain that begins last. A hashed symbol may be undefined, if its address is taken. */
function gnuHashCount({ bytes, segments }: Headers, address: number): number {
  const { offsetBytes } = locate({ segments }, address, PLACE);
  const head = bytes.table(offsetBytes, 16, PLACE);
  const [buckets, first, filterWords] = [head.word(0), head.word(4), head.word(8)];
  const bucketsAt = offsetBytes + 16 + filterWords * (bytes.wide ? 8 : 4);
  const table = bytes.table(bucketsAt, buckets * 4, PLACE);
  let last = 0;
  for (let at = 0; at < table.lengthBytes; at += 4) {
    const symbol = table.word(at);
    if (symbol > last) last = symbol;
  }
  if (last < first) return first;
  for (; last - first < SYMBOL_LIMIT; last++) {
    const link = bucketsAt + buckets * 4 + (last - first) * 4;
    if ((bytes.table(link, 4, PLACE).word(0) & 1) !== 0) break;
  }
  return last + 1;
}

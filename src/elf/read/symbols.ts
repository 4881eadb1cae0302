// Symbol (gABI, chapter 4):  32  64        hash table (gABI):  0 buckets  4 chains = symbols; 8 bytes each on
//   name                      0   0          Alpha and 64-bit S/390
//   section (0: undefined)   14   6        GNU hash table:     0 buckets  4 the first symbol that it holds
//   size of one              16  24          8 words of a filter  16 filter, buckets, chains: a word for each symbol,
//                                            odd at the end of a chain
import type { ByteString } from '../../bytes/index.ts';
import { DT } from './dynamic.ts';
import { type Headers, locate } from './header.ts';
import type { Dynamic } from './versions.ts';

const SYMBOL_LIMIT = 1 << 17;
const CHUNK_SYMBOLS = 4096;
const NAME_LIMIT_BYTES = 512;
const NAMES_PIECE_BYTES = 32 * 1024;
const EM_S390 = 22;
const EM_ALPHA = 0x9026;

/** The names of the symbols that a file takes from others, as far as they are not absurdly long or many. */
export function readSymbolsNeeded(dynamic: Dynamic): ByteString[] {
  const { bytes } = dynamic.headers;
  const address = dynamic.entries.get(DT.symbols)?.[0];
  const strings = dynamic.entries.get(DT.strings)?.[0];
  if (address === undefined || strings === undefined) return [];
  const start = locate(dynamic.headers, address, 'symbol table');
  const symbolBytes = bytes.wide ? 24 : 16;
  const count = Math.min(symbolCount(dynamic), SYMBOL_LIMIT, Math.floor(start.leftBytes / symbolBytes));
  const offsets: number[] = [];
  for (let first = 1; first < count; first += CHUNK_SYMBOLS) {
    const symbols = Math.min(CHUNK_SYMBOLS, count - first);
    const table = bytes.table(start.offsetBytes + first * symbolBytes, symbols * symbolBytes, 'symbol table');
    for (let at = 0; at < table.lengthBytes; at += symbolBytes) {
      if (table.half(at + (bytes.wide ? 6 : 14)) === 0 && table.word(at) !== 0) offsets.push(table.word(at));
    }
  }
  // In their order in the file, so that each part of it is read once.
  return readNames(
    dynamic,
    strings,
    offsets.sort((left, right) => left - right),
  );
}

/** The texts at ascending `offsets`. They are cut from long pieces: one by one they would take half of all the time. */
function readNames({ headers }: Dynamic, strings: number, offsets: readonly number[]): ByteString[] {
  const { bytes } = headers;
  const { offsetBytes, leftBytes } = locate(headers, strings, 'string table');
  const sizeBytes = Math.min(leftBytes, bytes.sizeBytes - offsetBytes);
  const names: ByteString[] = [];
  let [piece, pieceAt] = ['', 0];
  for (const offset of offsets) {
    if (offset >= sizeBytes) break;
    const wanted = Math.min(offset + NAME_LIMIT_BYTES, sizeBytes);
    if (wanted > pieceAt + piece.length) {
      pieceAt = offset;
      const length = Math.min(NAMES_PIECE_BYTES, sizeBytes - offset);
      piece = bytes.table(offsetBytes + offset, length, 'string table').text();
    }
    const end = piece.indexOf('\0', offset - pieceAt);
    if (end > offset - pieceAt && end < wanted - pieceAt) names.push(piece.slice(offset - pieceAt, end) as ByteString);
  }
  return names;
}

function symbolCount({ headers, entries }: Dynamic): number {
  const gnuHash = entries.get(DT.gnuHash)?.[0];
  const hash = entries.get(DT.hash)?.[0];
  if (gnuHash !== undefined) return gnuHashCount(headers, gnuHash);
  if (hash === undefined) return entries.get(DT.mipsSymbolCount)?.[0] ?? 0;
  const { machine, class: elfClass } = headers.header;
  const wideWords = machine === EM_ALPHA || (machine === EM_S390 && elfClass === 64);
  const { offsetBytes } = locate(headers, hash, 'hash table');
  const table = headers.bytes.table(offsetBytes, wideWords ? 16 : 8, 'hash table');
  return wideWords ? table.long(8) : table.word(4);
}

/** One more than the last symbol of the chain that begins last. A hashed symbol may be undefined, if its address is taken. */
function gnuHashCount(headers: Headers, address: number): number {
  const { bytes } = headers;
  const place = 'hash table';
  const { offsetBytes } = locate(headers, address, place);
  const head = bytes.table(offsetBytes, 16, place);
  const [buckets, first, filterWords] = [head.word(0), head.word(4), head.word(8)];
  const bucketsAt = offsetBytes + 16 + filterWords * (bytes.wide ? 8 : 4);
  const table = bytes.table(bucketsAt, buckets * 4, place);
  let last = 0;
  for (let index = 0; index < buckets; index++) last = Math.max(last, table.word(index * 4));
  if (last < first) return first;
  for (; last - first < SYMBOL_LIMIT; last++) {
    const link = bucketsAt + buckets * 4 + (last - first) * 4;
    if ((bytes.table(link, 4, place).word(0) & 1) !== 0) break;
  }
  return last + 1;
}

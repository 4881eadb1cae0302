// Symbol (gABI, chapter 4):  32  64
//   name                      0   0
//   section (0: undefined)   14   6
//   size of one              16  24
import type { ByteString } from '../../bytes/index.ts';
import { DT } from './dynamic.ts';
import type { ElfTable } from './elf-bytes.ts';
import { locate } from './header.ts';
import type { NameBeginnings } from './name-beginnings.ts';
import { SYMBOL_LIMIT, undefinedLimit } from './symbol-count.ts';
import { readSymbolNames } from './symbol-names.ts';
import type { Dynamic } from './versions.ts';

/** So that a chunk fits in a buffer that serves again. */
const CHUNK_SYMBOLS = 2048;
const WIDE_BYTES = 24;
const PLACE = 'symbol table';

/** Where names are: one array for all files, since making one costs more than to look at most of them. */
let scratch: Uint32Array | undefined;

/**
 * The names of the symbols that a file takes from others, as far as they are not absurdly long or many; of those only that
 * begin with one of `beginnings` if these are given.
 */
export function readSymbolsNeeded(dynamic: Dynamic, beginnings?: NameBeginnings): ByteString[] {
  const { bytes } = dynamic.headers;
  const address = dynamic.entries.first(DT.symbols);
  if (address === undefined || dynamic.entries.first(DT.strings) === undefined) return [];
  const start = locate(dynamic.headers, address, PLACE);
  const symbolBytes = bytes.wide ? WIDE_BYTES : 16;
  const count = Math.min(undefinedLimit(dynamic), SYMBOL_LIMIT, Math.floor(start.leftBytes / symbolBytes));
  scratch ??= new Uint32Array(SYMBOL_LIMIT);
  const offsets = scratch;
  let found = 0;
  for (let first = 1; first < count; first += CHUNK_SYMBOLS) {
    const symbols = Math.min(CHUNK_SYMBOLS, count - first);
    const table = bytes.table(start.offsetBytes + first * symbolBytes, symbols * symbolBytes, PLACE);
    found = addUndefined(table, symbolBytes, { offsets, found });
  }
  // In their order in the file, so that each part of it is read once.
  return readSymbolNames(dynamic, offsets.subarray(0, found).sort(), beginnings);
}

interface Found {
  readonly offsets: Uint32Array;
  readonly found: number;
}

/** Adds where the names of undefined symbols are. Some files have 100,000: alone, this loop is soon compiled. */
function addUndefined(table: ElfTable, symbolBytes: number, { offsets, found }: Found): number {
  const { bytes, start, lengthBytes } = table;
  const end = start + lengthBytes;
  let next = found;
  const sectionAt = symbolBytes === WIDE_BYTES ? 6 : 14;
  for (let section = start + sectionAt; section < end; section += symbolBytes) {
    if (bytes[section] !== 0 || bytes[section + 1] !== 0) continue;
    const name = table.word(section - sectionAt - start);
    if (name !== 0) offsets[next++] = name;
  }
  return next;
}

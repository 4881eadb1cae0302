// Symbol (gABI, chapter 4):  32  64
//   name                      0   0
//   section (0: undefined)   14   6
//   size of one              16  24
import type { ByteString } from '../../bytes/index.ts';
import { DT } from './dynamic.ts';
import { locate } from './header.ts';
import type { NameBeginnings } from './name-beginnings.ts';
import { SYMBOL_LIMIT, symbolCount } from './symbol-count.ts';
import { readSymbolNames } from './symbol-names.ts';
import type { Dynamic } from './versions.ts';

/** So that a chunk fits in a buffer that serves again. */
const CHUNK_SYMBOLS = 2048;

/**
 * The names of the symbols that a file takes from others, as far as they are not absurdly long or many; of those only that
 * begin with one of `beginnings` if these are given.
 */
export function readSymbolsNeeded(dynamic: Dynamic, beginnings?: NameBeginnings): ByteString[] {
  const { bytes } = dynamic.headers;
  const address = dynamic.entries.first(DT.symbols);
  if (address === undefined || dynamic.entries.first(DT.strings) === undefined) return [];
  const start = locate(dynamic.headers, address, 'symbol table');
  const symbolBytes = bytes.wide ? 24 : 16;
  const sectionAt = bytes.wide ? 6 : 14;
  const count = Math.min(symbolCount(dynamic), SYMBOL_LIMIT, Math.floor(start.leftBytes / symbolBytes));
  const offsets: number[] = [];
  for (let first = 1; first < count; first += CHUNK_SYMBOLS) {
    const symbols = Math.min(CHUNK_SYMBOLS, count - first);
    const table = bytes.table(start.offsetBytes + first * symbolBytes, symbols * symbolBytes, 'symbol table');
    for (let at = 0; at < table.lengthBytes; at += symbolBytes) {
      if (table.half(at + sectionAt) !== 0) continue;
      const name = table.word(at);
      if (name !== 0) offsets.push(name);
    }
  }
  // In their order in the file, so that each part of it is read once.
  return readSymbolNames(dynamic, Float64Array.from(offsets).sort(), beginnings);
}

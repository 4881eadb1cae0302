/*
 * A bzip2 stream, in bits: "BZh", level "1" to "9"; blocks; end mark, checksum of all blocks; filled up to a whole byte.
 *
 *   mark 48 │ checksum 32 │ randomised 1 │ start of the text 24 │ bytes in use 16 × 16 │ codes 3 │ selectors 15 …
 *   lengths of each code's symbols │ symbols: of 50 in a row the selector names the code
 *
 * Symbols are places in a move-to-front list and runs of its first; what comes out is the Burrows-Wheeler transform of
 * at most 900,000 bytes, in which four equal bytes are followed by how many more there are.
 */
import { BitReader } from './bit-reader.ts';
import { Bzip2Text } from './bzip2-text.ts';
import { codecError } from './codec-error.ts';
import { CODE_BITS_MAX, HuffmanTable, LOOKUP_BITS } from './huffman-table.ts';

const BLOCK_MARK = [0x314159, 0x265359];
const END_MARK = [0x177245, 0x385090];
const LEVEL_BYTES = 100_000;
const GROUP_SYMBOLS = 50;
/** What a block of one level can take at most, its symbols at 20 bits each. */
const LOOKAHEAD_LEVEL_BYTES = 252_000;
const LOOKAHEAD_BYTES = 64 * 1024;
const RUN_B = 1;
const TOO_LONG = 'a block is longer than its level allows';

/** Decodes bzip2 block by block. Holds one block and as much input as a block can take. */
export class Bzip2Decoder {
  readonly #bits = new BitReader();
  #inputEnded = false;
  #lookaheadBytes = LOOKAHEAD_BYTES + 9 * LOOKAHEAD_LEVEL_BYTES;
  #inStream = false;
  #streams = 0;
  #limit = 0;
  #streamCrc = 0;
  readonly #text = new Bzip2Text();
  /** -1: no block is being written. */
  #wantCrc = -1;

  /** Adds input; the bytes are copied. */
  give(chunk: Uint8Array): void {
    const bits = this.#bits;
    if (bits.end + chunk.length > bits.bytes.length) this.#makeRoom(chunk.length);
    bits.bytes.set(chunk, bits.end);
    bits.end += chunk.length;
  }

  /** Tells that all input was given. */
  endInput(): void {
    this.#inputEnded = true;
  }

  /** Whether there is input for a whole block for certain. */
  get hasBlock(): boolean {
    return this.#inputEnded || this.#bits.end - this.#bits.at >= this.#lookaheadBytes;
  }

  /** After the end: the input given that was not read. */
  get rest(): Uint8Array {
    return this.#bits.bytes.subarray(this.#bits.at, this.#bits.end);
  }

  /**
   * Reads the next block, for {@link write}; false at the end of the last stream.
   *
   * @throws PlinthError `compressed-data-corrupt`, `compressed-data-truncated`, `compressed-data-unsupported`
   */
  readBlock(): boolean {
    const bits = this.#bits;
    for (;;) {
      if (!this.#inStream && !this.#readStreamHeader()) return false;
      const mark = [bits.read(24), bits.read(24)];
      if (mark[0] === BLOCK_MARK[0] && mark[1] === BLOCK_MARK[1]) {
        this.#decodeBlock();
        return true;
      }
      if (mark[0] !== END_MARK[0] || mark[1] !== END_MARK[1]) throw this.#fault('neither a block nor the end follows');
      const crc = bits.read32();
      if (bits.overran) throw this.#fault('');
      if (crc !== this.#streamCrc >>> 0) throw this.#fault('checksum of the stream does not match');
      bits.align();
      this.#inStream = false;
    }
  }

  /**
   * Writes bytes of the block into `into`, as many as fit; returns how many: fewer at its end.
   *
   * @throws PlinthError `compressed-data-corrupt`
   */
  write(into: Uint8Array): number {
    const count = this.#text.write(into);
    if (count < into.length) this.#endBlock();
    return count;
  }

  #endBlock(): void {
    if (this.#wantCrc < 0) return;
    const { crc } = this.#text;
    if (crc !== this.#wantCrc) throw this.#fault('checksum of a block does not match');
    this.#streamCrc = ((this.#streamCrc << 1) | (this.#streamCrc >>> 31)) ^ crc;
    this.#wantCrc = -1;
  }

  #makeRoom(bytes: number): void {
    const bits = this.#bits;
    const keptBytes = bits.end - bits.at;
    const target =
      keptBytes + bytes <= bits.bytes.length / 2 ? bits.bytes : Buffer.allocUnsafeSlow(4 * (keptBytes + bytes));
    bits.bytes.copy(target, 0, bits.at, bits.end);
    bits.bytes = target;
    bits.at = 0;
    bits.end = keptBytes;
  }

  #readStreamHeader(): boolean {
    const bits = this.#bits;
    const isStream = bits.end - bits.at >= 4 && bits.bytes.toString('latin1', bits.at, bits.at + 3) === 'BZh';
    const level = (bits.bytes[bits.at + 3] ?? 0) - 0x30;
    if (!isStream || level < 1 || level > 9) {
      if (this.#streams > 0) return false;
      throw bits.end - bits.at < 4
        ? codecError('bzip2', 'truncated', 'data ends too early')
        : codecError('bzip2', 'corrupt', 'not the bzip2 format');
    }
    bits.at += 4;
    this.#streams++;
    this.#inStream = true;
    this.#streamCrc = 0;
    this.#limit = level * LEVEL_BYTES;
    this.#lookaheadBytes = LOOKAHEAD_BYTES + level * LOOKAHEAD_LEVEL_BYTES;
    if (this.#text.bytes.length < this.#limit) this.#text.bytes = new Uint32Array(this.#limit);
    return true;
  }

  #decodeBlock(): void {
    const bits = this.#bits;
    this.#wantCrc = bits.read32();
    if (bits.read(1) === 1) throw codecError('bzip2', 'unsupported', 'block is randomised, as bzip2 before 0.9.5 did');
    const start = bits.read(24);
    const list = readBytesInUse(bits);
    const tables = bits.read(3);
    const selectorCount = bits.read(15);
    if (list.length === 0 || tables < 2 || tables > 6 || selectorCount === 0) throw this.#fault('a block has no code');
    const selectors = this.#readSelectors(selectorCount, tables);
    const codes = Array.from({ length: tables }, () => this.#readCode(list.length + 2));
    if (bits.overran) throw this.#fault('');
    const counts = new Int32Array(256);
    const length = this.#readSymbols(list, selectors, codes, counts);
    if (bits.overran) throw this.#fault('');
    if (start >= length) throw this.#fault('text of a block starts after its end');
    this.#text.start(length, counts, start);
  }

  /** Places in a move-to-front list of the tables, each so many ones and a zero. */
  #readSelectors(count: number, tables: number): Uint8Array {
    const bits = this.#bits;
    const list = Array.from({ length: tables }, (_, i) => i);
    const selectors = new Uint8Array(count);
    for (let i = 0; i < count; i++) {
      let place = 0;
      while (bits.read(1) === 1) if (++place >= tables) throw this.#fault('a selector names no code');
      const [table = 0] = list.splice(place, 1);
      list.unshift(table);
      selectors[i] = table;
    }
    return selectors;
  }

  /** The length of each symbol's code, told by what it is more or less than the one before. */
  #readCode(symbols: number): HuffmanTable {
    const bits = this.#bits;
    const lengths = new Uint8Array(symbols);
    let length = bits.read(5);
    for (let i = 0; i < symbols; i++) {
      for (;;) {
        if (length < 1 || length > CODE_BITS_MAX || bits.overran) throw this.#fault('length of a code is not 1 to 20');
        if (bits.read(1) === 0) break;
        length += bits.read(1) === 0 ? 1 : -1;
      }
      lengths[i] = length;
    }
    const table = HuffmanTable.create(lengths);
    if (table === undefined) throw this.#fault('lengths of a code do not fit together');
    return table;
  }

  /** The hot loop: the bit reader's state is held in locals. Returns how many bytes of text it put down. */
  #readSymbols(list: Uint8Array, selectors: Uint8Array, codes: readonly HuffmanTable[], counts: Int32Array): number {
    const bits = this.#bits;
    const { bytes, end } = bits;
    let { at, held, count } = bits;
    const text = this.#text.bytes;
    const limit = this.#limit;
    const endSymbol = list.length + 1;
    let length = 0;
    let run = 0;
    let weight = 1;
    let fault = 'a block does not end';
    groups: for (const selector of selectors) {
      const code = codes[selector] as HuffmanTable;
      const { lookup } = code;
      for (let left = GROUP_SYMBOLS; left > 0; left--) {
        for (; count <= 24; count += 8) {
          held = (held << 8) | (at < end ? (bytes[at] as number) : 0);
          at++;
        }
        let found = lookup[(held >>> (count - LOOKUP_BITS)) & ((1 << LOOKUP_BITS) - 1)] as number;
        if (found === 0) found = code.find((held >>> (count - CODE_BITS_MAX)) & ((1 << CODE_BITS_MAX) - 1));
        count -= found & 31;
        const symbol = found >>> 5;
        if (found === 0 || length + run > limit) {
          fault = found === 0 ? 'a symbol has no code' : TOO_LONG;
          break groups;
        }
        if (symbol <= RUN_B) {
          run += weight << symbol;
          weight *= 2;
          continue;
        }
        if (run > 0) {
          const byte = list[0] as number;
          text.fill(byte, length, length + run);
          counts[byte] = (counts[byte] as number) + run;
          length += run;
          run = 0;
          weight = 1;
        }
        if (symbol === endSymbol || length === limit) {
          fault = symbol === endSymbol ? '' : TOO_LONG;
          break groups;
        }
        const byte = moveToFront(list, symbol - 1);
        text[length++] = byte;
        counts[byte] = (counts[byte] as number) + 1;
      }
    }
    Object.assign(bits, { at, held, count });
    if (fault !== '') throw this.#fault(fault);
    return length;
  }

  /** What reads wrong after the end of the input reads wrong because of it. */
  #fault(fact: string): Error {
    return this.#bits.overran
      ? codecError('bzip2', 'truncated', 'data ends too early')
      : codecError('bzip2', 'corrupt', fact);
  }
}

/** Two levels of 16 bits: which sixteens are in use, and which bytes of those. */
function readBytesInUse(bits: BitReader): Uint8Array {
  const sixteens = bits.read(16);
  const list: number[] = [];
  for (let high = 0; high < 16; high++) {
    if ((sixteens & (0x8000 >>> high)) === 0) continue;
    const used = bits.read(16);
    for (let low = 0; low < 16; low++) if ((used & (0x8000 >>> low)) !== 0) list.push(high * 16 + low);
  }
  return Uint8Array.from(list);
}

function moveToFront(list: Uint8Array, place: number): number {
  const byte = list[place] as number;
  // A call costs more than it saves on the short moves that are most.
  if (place > 24) list.copyWithin(1, 0, place);
  else for (let i = place; i > 0; i--) list[i] = list[i - 1] as number;
  list[0] = byte;
  return byte;
}

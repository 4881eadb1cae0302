/** Codes up to this long are decoded by one look into a table. */
export const LOOKUP_BITS = 10;
export const CODE_BITS_MAX = 20;

/** A canonical Huffman code: codes ascend with their length, then with their symbol. */
export class HuffmanTable {
  /** By the next {@link LOOKUP_BITS} bits: symbol and, in the low five bits, length of the code; 0: it is longer. */
  readonly lookup: Uint16Array = new Uint16Array(1 << LOOKUP_BITS);
  readonly #symbols: Uint16Array;
  /** By length: the first code, and where its symbol stands less that. */
  readonly #endCode: Int32Array = new Int32Array(CODE_BITS_MAX + 1);
  readonly #shift: Int32Array = new Int32Array(CODE_BITS_MAX + 1);

  private constructor(symbols: number) {
    this.#symbols = new Uint16Array(symbols);
  }

  /** The code whose symbol `i` has `lengths[i]` bits, 1 to {@link CODE_BITS_MAX}; undefined when there is none. */
  static create(lengths: Uint8Array): HuffmanTable | undefined {
    const table = new HuffmanTable(lengths.length);
    let code = 0;
    let next = 0;
    for (let bits = 1; bits <= CODE_BITS_MAX; bits++) {
      table.#shift[bits] = next - code;
      for (let symbol = 0; symbol < lengths.length; symbol++) {
        if (lengths[symbol] !== bits) continue;
        if (code >= 1 << bits) return undefined;
        if (bits <= LOOKUP_BITS) {
          const rest = LOOKUP_BITS - bits;
          table.lookup.fill((symbol << 5) | bits, code << rest, (code + 1) << rest);
        }
        table.#symbols[next++] = symbol;
        code++;
      }
      table.#endCode[bits] = code;
      code *= 2;
    }
    return table;
  }

  /** Symbol and length, as in {@link lookup}, of a code over {@link LOOKUP_BITS} bits at the top of `window`; 0: none. */
  find(window: number): number {
    for (let bits = LOOKUP_BITS + 1; bits <= CODE_BITS_MAX; bits++) {
      const code = window >>> (CODE_BITS_MAX - bits);
      if (code >= (this.#endCode[bits] as number)) continue;
      return ((this.#symbols[code + (this.#shift[bits] as number)] as number) << 5) | bits;
    }
    return 0;
  }
}

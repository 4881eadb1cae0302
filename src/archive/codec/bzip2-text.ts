/*
 * The text of a bzip2 block: the Burrows-Wheeler transform of the block, whose runs of four equal bytes are followed by
 * a byte that says how many more there are.
 */

/** CRC-32 of the polynomial 0x04c11db7, highest bit first. */
const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc;
});

/** Turns the text of a block back into its bytes: fill {@link bytes}, call {@link start}, then {@link write}. */
export class Bzip2Text {
  /** First the text, a byte each; once started: low 8 bits a byte, high 24 where the one after it stands. */
  bytes: Uint32Array = new Uint32Array(0);
  #left = 0;
  #at = 0;
  #crc = -1;
  #previous = -1;
  #equal = 0;
  #repeat = 0;

  /** Of what {@link write} wrote since {@link start}. */
  get crc(): number {
    return ~this.#crc >>> 0;
  }

  /** Begins a text of `length` bytes, of which there are `counts` of each value; sorted, `first` is the original text. */
  start(length: number, counts: Int32Array, first: number): void {
    linkText(this.bytes, length, counts);
    this.#at = (this.bytes[first] as number) >>> 8;
    this.#left = length;
    this.#crc = -1;
    this.#previous = -1;
    this.#equal = 0;
    this.#repeat = 0;
  }

  /** Writes bytes into `into`, as many as fit; returns how many: fewer at the end of the text. */
  write(into: Uint8Array): number {
    const text = this.bytes;
    // The hot loop: all state is held in locals.
    let [left, at, crc] = [this.#left, this.#at, this.#crc];
    let [previous, equal, repeat] = [this.#previous, this.#equal, this.#repeat];
    let count = 0;
    const size = into.length;
    while (count < size) {
      if (repeat > 0) {
        repeat--;
      } else {
        if (left === 0) break;
        left--;
        at = text[at] as number;
        const byte = at & 0xff;
        at >>>= 8;
        if (equal === 4) {
          repeat = byte;
          equal = 0;
          continue;
        }
        equal = byte === previous ? equal + 1 : 1;
        previous = byte;
      }
      into[count++] = previous;
      crc = (crc << 8) ^ (CRC_TABLE[(crc >>> 24) ^ previous] as number);
    }
    [this.#left, this.#at, this.#crc] = [left, at, crc];
    [this.#previous, this.#equal, this.#repeat] = [previous, equal, repeat];
    return count;
  }
}

/** Undoes the transform: gives each byte of the text the place of the one after it. */
function linkText(text: Uint32Array, length: number, counts: Int32Array): void {
  let sum = 0;
  for (let byte = 0; byte < 256; byte++) {
    const count = counts[byte] as number;
    counts[byte] = sum;
    sum += count;
  }
  for (let i = 0; i < length; i++) {
    const byte = (text[i] as number) & 0xff;
    const place = counts[byte] as number;
    counts[byte] = place + 1;
    text[place] = (text[place] as number) | (i << 8);
  }
}

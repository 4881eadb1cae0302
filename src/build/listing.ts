/**
 * What a step read, file by file: enough to name the first difference to another time. Both are the JSON of an array of
 * strings without its brackets, as the record of a listing holds them: of 100,000 files they take 7 MB, and 28 as strings.
 */
export interface Listing {
  readonly paths: Buffer;
  /** What stands at each path, in a form that is only compared. */
  readonly facts: Buffer;
}

const OPEN = '{"paths":[';
const MIDDLE = '],"facts":[';
const CLOSE = ']}';

/** The record of a listing, in parts. */
export function encodeListing({ paths, facts }: Listing): Uint8Array[] {
  return [Buffer.from(OPEN), paths, Buffer.from(MIDDLE), facts, Buffer.from(CLOSE)];
}

/** The listing of a record, whose checksum shows that it is as it was written. */
export function decodeListing(bytes: Uint8Array): Listing {
  const record = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Within a string its quotes would be escaped.
  const middle = record.indexOf(MIDDLE);
  return {
    paths: record.subarray(OPEN.length, middle),
    facts: record.subarray(middle + MIDDLE.length, record.length - CLOSE.length),
  };
}

/** So many strings are held before they are encoded. */
const PART_TEXTS = 1024;

/** Makes one of the two halves of a listing. */
export class TextsEncoder {
  readonly #parts: Buffer[] = [];
  #open: string[] = [];

  add(text: string): void {
    this.#open.push(text);
    if (this.#open.length === PART_TEXTS) this.#close();
  }

  finish(): Buffer {
    if (this.#open.length > 0) this.#close();
    return Buffer.concat(this.#parts);
  }

  #close(): void {
    const comma = this.#parts.length > 0 ? ',' : '';
    this.#parts.push(Buffer.from(`${comma}${JSON.stringify(this.#open).slice(1, -1)}`));
    this.#open = [];
  }
}

const BETWEEN = '","';
const BACKSLASH = 0x5c;

/** Goes through one half of a listing. */
export class TextsCursor {
  readonly #bytes: Buffer;
  /** The quote that opens the next text. */
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The next text as it stands in the JSON, which is the same for the same text; undefined after the last. */
  next(): string | undefined {
    const start = this.#at;
    if (start >= this.#bytes.length) return undefined;
    const end = this.#skip();
    return this.#bytes.toString('latin1', start, end);
  }

  /** Passes over so many texts. */
  pass(count: number): void {
    for (let left = count; left > 0; left--) this.#skip();
  }

  /** How many texts there are that end before `endBytes`, and are followed by another. */
  countTo(endBytes: number): number {
    let count = 0;
    for (;;) {
      const end = this.#skip();
      if (end >= this.#bytes.length || end >= endBytes) return count;
      count++;
    }
  }

  /** Whether `text`, as {@link next} gives it, may still come. */
  mayHave(text: string): boolean {
    return this.#bytes.includes(text, this.#at, 'latin1');
  }

  /** Returns where the text ends. */
  #skip(): number {
    let quote = this.#bytes.indexOf(BETWEEN, this.#at + 1);
    while (quote >= 0 && this.#isEscaped(quote)) quote = this.#bytes.indexOf(BETWEEN, quote + 1);
    const end = quote < 0 ? this.#bytes.length : quote + 1;
    this.#at = end + 1;
    return end;
  }

  #isEscaped(quote: number): boolean {
    let from = quote;
    while (this.#bytes[from - 1] === BACKSLASH) from--;
    return (quote - from) % 2 === 1;
  }
}

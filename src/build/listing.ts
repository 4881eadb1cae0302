/** What a step read, file by file: enough to name the first difference to another time. */
export interface Listing {
  readonly paths: readonly string[];
  /** What stands at each path, in a form that is only compared. */
  readonly facts: readonly string[];
}

/** A listing as the bytes of its JSON, in parts: that of 100,000 files takes 7 MB so, and 28 as strings. */
export type ListingBytes = readonly Uint8Array[];

/** So many entries are held as strings before they become bytes. */
const PART_ENTRIES = 1024;

/** Makes the bytes of a listing entry by entry. */
export class ListingEncoder {
  readonly #paths = new ArrayEncoder();
  readonly #facts = new ArrayEncoder();

  add(path: string, fact: string): void {
    this.#paths.add(path);
    this.#facts.add(fact);
  }

  finish(): ListingBytes {
    const paths = this.#paths.finish();
    const facts = this.#facts.finish();
    return [Buffer.from('{"paths":['), ...paths, Buffer.from('],"facts":['), ...facts, Buffer.from(']}')];
  }
}

/** The listing that {@link ListingEncoder} made; the bytes are known to be whole. */
export function decodeListing(bytes: ListingBytes): Listing {
  return JSON.parse(Buffer.concat(bytes).toString()) as Listing;
}

/** What stands between the brackets of an array of strings in JSON. */
class ArrayEncoder {
  readonly #parts: Buffer[] = [];
  #open: string[] = [];

  add(text: string): void {
    if (this.#open.length === PART_ENTRIES) this.#close();
    this.#open.push(text);
  }

  finish(): readonly Buffer[] {
    if (this.#open.length > 0) this.#close();
    return this.#parts;
  }

  #close(): void {
    const comma = this.#parts.length > 0 ? ',' : '';
    this.#parts.push(Buffer.from(`${comma}${JSON.stringify(this.#open).slice(1, -1)}`));
    this.#open = [];
  }
}

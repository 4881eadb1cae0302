import { type Listing, TextsCursor } from './listing.ts';

/** A file that two listings do not have in common. */
export interface ListingDifference {
  readonly kind: 'added' | 'changed' | 'removed';
  readonly path: string;
}

/**
 * The first file of `present` that `past` does not have or has otherwise, else the first that only `past` has. They are
 * compared as they stand, in bytes and from the first difference on: as strings two of 100,000 files take 60 MB.
 */
export function firstDifference(past: Listing, present: Listing): ListingDifference | undefined {
  const same = Math.min(equalTexts(past.paths, present.paths), equalTexts(past.facts, present.facts));
  const before = new EntryLookup(past, same);
  const now = new EntryCursor(present, same);
  for (let entry = now.next(); entry !== undefined; entry = now.next()) {
    const fact = before.take(entry.path);
    if (fact === undefined) return difference('added', entry.path);
    if (fact !== entry.fact) return difference('changed', entry.path);
  }
  const removed = before.first();
  return removed === undefined ? undefined : difference('removed', removed);
}

function difference(kind: ListingDifference['kind'], json: string): ListingDifference {
  return { kind, path: JSON.parse(Buffer.from(json, 'latin1').toString()) as string };
}

/** How many texts both begin with. */
function equalTexts(left: Buffer, right: Buffer): number {
  return new TextsCursor(left).countTo(equalBytes(left, right));
}

const BLOCK_BYTES = 4096;

function equalBytes(left: Buffer, right: Buffer): number {
  const length = Math.min(left.length, right.length);
  let at = 0;
  for (let end = BLOCK_BYTES; end <= length && left.compare(right, at, end, at, end) === 0; end += BLOCK_BYTES)
    at = end;
  while (at < length && left[at] === right[at]) at++;
  return at;
}

/** Path and fact as they stand in the JSON. */
interface Entry {
  readonly path: string;
  readonly fact: string;
}

class EntryCursor {
  readonly #paths: TextsCursor;
  readonly #facts: TextsCursor;

  constructor({ paths, facts }: Listing, from: number) {
    this.#paths = new TextsCursor(paths);
    this.#facts = new TextsCursor(facts);
    this.#paths.pass(from);
    this.#facts.pass(from);
  }

  next(): Entry | undefined {
    const path = this.#paths.next();
    const fact = this.#facts.next();
    return path === undefined || fact === undefined ? undefined : { path, fact };
  }

  mayHave(path: string): boolean {
    return this.#paths.mayHave(path);
  }
}

/** Finds entries by path, best in their order. */
class EntryLookup {
  readonly #cursor: EntryCursor;
  /** What was passed over. */
  readonly #passed = new Map<string, string>();

  constructor(listing: Listing, from: number) {
    this.#cursor = new EntryCursor(listing, from);
  }

  /** The fact at `path`, which is not there any more then. */
  take(path: string): string | undefined {
    const passed = this.#passed.get(path);
    if (passed !== undefined) {
      this.#passed.delete(path);
      return passed;
    }
    if (!this.#cursor.mayHave(path)) return undefined;
    for (let entry = this.#cursor.next(); entry !== undefined; entry = this.#cursor.next()) {
      if (entry.path === path) return entry.fact;
      this.#passed.set(entry.path, entry.fact);
    }
    return undefined;
  }

  /** The first path that was not taken. */
  first(): string | undefined {
    const [passed] = this.#passed.keys();
    return passed ?? this.#cursor.next()?.path;
  }
}

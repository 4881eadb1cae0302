// Wildcards in paths, matched by running all possibilities at once: time is path × pattern, whatever the pattern.

/** One element of a path pattern. */
export type PathToken =
  | { readonly kind: 'character'; readonly code: number }
  /** `?`: one character but not `/`. */
  | { readonly kind: 'one' }
  /** `[…]`: one character of a set, `/` too. */
  | { readonly kind: 'set'; readonly ranges: readonly CodeRange[]; readonly isNegated: boolean }
  /** `*`: any characters but `/`. */
  | { readonly kind: 'many' }
  /** `**` before more: nothing, or anything that ends in `/`. */
  | { readonly kind: 'directories' }
  /** `**` at the end: anything. */
  | { readonly kind: 'anything' };

/** The first and last character of a range. */
export type CodeRange = readonly [first: number, last: number];

const SLASH = 0x2f;
const LINE_FEED = 0x0a;

/** A compiled pattern. */
export class PathMatcher {
  readonly #tokens: readonly PathToken[];

  constructor(tokens: readonly PathToken[]) {
    this.#tokens = tokens;
  }

  /** Whether the whole of `path` matches. */
  matches(path: string): boolean {
    return this.#run(path)[this.#tokens.length] === 1;
  }

  /** Whether something that begins with `prefix` might match. */
  mayMatchAfter(prefix: string): boolean {
    return this.#run(prefix).includes(1);
  }

  /** The states after `text`: a 1 at n says that the first n tokens can have matched it. */
  #run(text: string): Uint8Array {
    const size = this.#tokens.length + 1;
    let current = new Uint8Array(size);
    let next = new Uint8Array(size);
    this.#enter(current, 0);
    for (let at = 0; at < text.length; ) {
      const code = text.codePointAt(at) ?? 0;
      at += code > 0xffff ? 2 : 1;
      next.fill(0);
      for (let state = 0; state < this.#tokens.length; state++) {
        if (current[state] === 1) this.#step(next, state, code);
      }
      [current, next] = [next, current];
    }
    return current;
  }

  /** Makes `state` possible, and those after it that need no character. */
  #enter(states: Uint8Array, state: number): void {
    for (let at = state; ; at++) {
      states[at] = 1;
      const kind = this.#tokens[at]?.kind;
      if (kind !== 'many' && kind !== 'directories' && kind !== 'anything') return;
    }
  }

  #step(next: Uint8Array, state: number, code: number): void {
    const token = this.#tokens[state];
    switch (token?.kind) {
      case 'character':
        if (code === token.code) this.#enter(next, state + 1);
        break;
      case 'one':
        if (code !== SLASH) this.#enter(next, state + 1);
        break;
      case 'set':
        if (isInSet(token.ranges, code) !== token.isNegated) this.#enter(next, state + 1);
        break;
      case 'many':
        if (code !== SLASH) this.#enter(next, state);
        break;
      case 'anything':
        if (code !== LINE_FEED) this.#enter(next, state);
        break;
      case 'directories':
        // Staying inside needs the next slash: only that one may lead on.
        if (code === SLASH) this.#enter(next, state);
        else if (code !== LINE_FEED) next[state] = 1;
        break;
    }
  }
}

function isInSet(ranges: readonly CodeRange[], code: number): boolean {
  return ranges.some(([first, last]) => first <= code && code <= last);
}

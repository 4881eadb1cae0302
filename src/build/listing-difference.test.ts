import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeListing, encodeListing, type Listing, TextsEncoder } from './listing.ts';
import { firstDifference } from './listing-difference.ts';

type Files = readonly (readonly [path: string, fact: string])[];

function listingOf(files: Files): Listing {
  const [paths, facts] = [new TextsEncoder(), new TextsEncoder()];
  for (const [path, fact] of files) {
    paths.add(path);
    facts.add(fact);
  }
  return { paths: paths.finish(), facts: facts.finish() };
}

/** What a comparison entry by entry finds. */
function expected(past: Files, present: Files): unknown {
  const before = new Map(past);
  for (const [path, fact] of present) {
    const old = before.get(path);
    if (old === undefined) return { kind: 'added', path };
    if (old !== fact) return { kind: 'changed', path };
    before.delete(path);
  }
  const [removed] = before.keys();
  return removed === undefined ? undefined : { kind: 'removed', path: removed };
}

/** With what separates texts in JSON, and bytes beyond ASCII. */
const text = fc.string({
  unit: fc.constantFrom('a', 'b', '"', ',', '\\', '[', ']', '\n', '\xe9', '\x01'),
  maxLength: 4,
});
const files = fc.uniqueArray(fc.tuple(text, text), { selector: ([path]) => path, maxLength: 12 });

describe('firstDifference', () => {
  it('finds what a comparison of all entries finds', () => {
    fc.assert(
      fc.property(files, files, (past, present) => {
        expect(firstDifference(listingOf(past), listingOf(present))).toEqual(expected(past, present));
      }),
      { numRuns: 500 },
    );
  });

  it('finds one entry that differs, in whatever order the others stand', () => {
    fc.assert(
      fc.property(files, fc.nat(), fc.constantFrom('add', 'change', 'remove', 'reverse'), (past, at, what) => {
        const [path, fact] = past[at % Math.max(1, past.length)] ?? ['x', 'y'];
        const others = past.filter(([other]) => other !== path);
        const present: Files = {
          add: [...past, [`${path}${path}new`, fact] as const],
          change: past.map(([other, old]) => [other, other === path ? `${old}!` : old] as const),
          remove: others,
          reverse: past.toReversed(),
        }[what];
        expect(firstDifference(listingOf(past), listingOf(present))).toEqual(expected(past, present));
      }),
      { numRuns: 500 },
    );
  });

  it('finds one of more entries than are encoded at once', () => {
    const past: Files = Array.from({ length: 3000 }, (_, index) => [`directory/file-${index}`, `fact ${index}`]);
    const present = past.map(([path, fact], index) => [path, index === 2500 ? 'other' : fact] as const);
    expect(firstDifference(listingOf(past), listingOf(past))).toBeUndefined();
    expect(firstDifference(listingOf(past), listingOf(present))).toEqual({
      kind: 'changed',
      path: 'directory/file-2500',
    });
  });
});

describe('the record of a listing', () => {
  it('is JSON', () => {
    fc.assert(
      fc.property(files, (entries) => {
        const record = Buffer.concat(encodeListing(listingOf(entries)));
        const [paths, facts] = [entries.map(([path]) => path), entries.map(([, fact]) => fact)];
        expect(record.toString()).toBe(JSON.stringify({ paths, facts }));
        expect(decodeListing(record)).toEqual(listingOf(entries));
      }),
    );
  });
});

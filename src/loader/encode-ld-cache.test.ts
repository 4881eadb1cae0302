import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ByteString } from '../bytes/index.ts';
import { type CachedLibrary, encodeLoaderCache } from './encode-ld-cache.ts';
import { parseLoaderCache } from './ld-cache.ts';

const library = fc.record({
  name: fc.stringMatching(/^lib[a-z0-9.]{1,12}$/) as fc.Arbitrary<ByteString>,
  path: fc.stringMatching(/^\/[a-z0-9./]{1,30}$/) as fc.Arbitrary<ByteString>,
  flags: fc.constantFrom(3, 0x303, 0xa03),
});

describe('encodeLoaderCache', () => {
  it.each(['little', 'big'] as const)('writes what is read again, %s-endian', (byteOrder) => {
    fc.assert(
      fc.property(fc.uniqueArray(library, { selector: ({ name }) => name, maxLength: 20 }), (libraries) => {
        const cache = parseLoaderCache(encodeLoaderCache(libraries, byteOrder));
        const read = [...(cache?.names() ?? [])].flatMap((name) =>
          (cache?.get(name) ?? []).map(({ path, flags }): CachedLibrary => ({ name, path, flags })),
        );
        const byName = (left: CachedLibrary, right: CachedLibrary) => (left.name < right.name ? -1 : 1);
        expect(read.sort(byName)).toEqual([...libraries].sort(byName));
      }),
    );
  });

  it('has the names in the descending order of the loader: numbers by their value, after all else', () => {
    const names = ['liba.so.6', 'liba.so.10', 'libab.so', 'liba1.so', 'liba.so', 'libz.so.1', 'liba-b.so'];
    const libraries = names.map((name) => ({ name: name as ByteString, path: '/x' as ByteString, flags: 3 }));
    expect(parseLoaderCache(encodeLoaderCache(libraries, 'little'))?.names()).toEqual([
      'libz.so.1',
      'liba1.so',
      'libab.so',
      'liba.so.10',
      'liba.so.6',
      'liba.so',
      'liba-b.so',
    ]);
  });
});

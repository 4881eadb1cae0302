import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasWildcard, matchPattern } from './path-pattern.ts';

describe('matchPattern', () => {
  it.each([
    ['abc', 'abc', true],
    ['*', 'abc', true],
    ['*', '', true],
    ['*', 'a/b', false],
    ['*c', 'abc', true],
    ['a*', 'a', true],
    ['a*/b', 'abc/b', true],
    ['a*/b', 'a/c/b', false],
    ['a*b*c*d*e*/f', 'axbxcxdxe/f', true],
    ['a*b?c*x', 'abxbbxdbxebxczzx', true],
    ['a*b?c*x', 'abxbbxdbxebxczzy', false],
    ['?', 'a', true],
    ['?', '', false],
    ['?', '/', false],
    ['?', 'é', true],
    ['a?b', 'a🙂b', true],
    ['ab[c]', 'abc', true],
    ['ab[b-d]', 'abc', true],
    ['ab[e-g]', 'abc', false],
    ['ab[^c]', 'abc', false],
    ['ab[^e-g]', 'abc', true],
    ['[^a]', '/', true],
    ['[a-ζ]*', 'α', true],
    ['a\\*b', 'a*b', true],
    ['a\\*b', 'ab', false],
    ['[\\]a]', ']', true],
    ['[\\-x]', '-', true],
    ['[x\\-]', 'z', false],
    ['[a-b-c]', 'a', undefined],
    ['**', 'ab', true],
    ['**', 'a/b', false],
    ['.*', '.x', true],
    ['*', '.x', true],
    ['', '', true],
    ['', 'a', false],
    ['[!a]', 'b', false],
    ['[!a]', '!', true],
  ])('of %j with %j is %s', (pattern, name, wanted) => {
    if (wanted === undefined) expect(() => matchPattern(pattern, name)).toThrow();
    else expect(matchPattern(pattern, name)).toBe(wanted);
  });

  it.each(['[', '[a', '[]a]', '[-]', '[x-]', '[-x]', '[^', '[^bc', 'a[', 'a\\', '[a\\', '[]'])(
    'refuses %j',
    (pattern) => {
      expect(() => matchPattern(pattern, 'x')).toThrow(expect.objectContaining({ code: 'path-pattern-invalid' }));
    },
  );

  it('agrees with a regular expression', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '?', '[ab]', '[^a]'), maxLength: 8 });
    const name = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '/'), maxLength: 10 });
    fc.assert(
      fc.property(pattern, name, (text, subject) => {
        const regexp = new RegExp(`^${text.replaceAll('*', '[^/]*').replaceAll('?', '[^/]')}$`);
        expect(matchPattern(text, subject)).toBe(regexp.test(subject));
      }),
      { numRuns: 3_000 },
    );
  });

  it('is quick for any pattern', () => {
    const started = performance.now();
    expect(matchPattern(`${'*a'.repeat(200)}b`, 'a'.repeat(4_000))).toBe(false);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('hasWildcard', () => {
  it.each([
    ['a/b.c', false],
    ['a*', true],
    ['a?', true],
    ['[a]', true],
    ['a\\b', true],
    ['a]', false],
  ])('of %j is %s', (pattern, wanted) => {
    expect(hasWildcard(pattern)).toBe(wanted);
  });
});

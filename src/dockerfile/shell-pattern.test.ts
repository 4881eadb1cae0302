import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replaceAll, replaceFirst } from './replacement.ts';
import {
  findMatch,
  matchStart,
  parseShellPattern,
  reversePattern,
  reverseText,
  type ShellPattern,
} from './shell-pattern.ts';

/** The same pattern as a regular expression, whose backtracking gives the order of matches that Go's regexp has too. */
function regexp(pattern: string, options: { greedy: boolean; anchored: boolean; flags?: string }): RegExp {
  const star = options.greedy ? '.*' : '.*?';
  const body = [...pattern].map((character) => {
    if (character === '*') return star;
    return character === '?' ? '.' : character.replace(/[^a-z\n]/u, '\\$&');
  });
  // A dot here is anything but a line feed, as in Go; JavaScript's own dot excludes more.
  return new RegExp((options.anchored ? '^' : '') + body.join('').replaceAll('.', '[^\\n]'), `u${options.flags ?? ''}`);
}

function parse(pattern: string): ShellPattern {
  const parsed = parseShellPattern(pattern);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
}

const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '\n'), maxLength: 7 });
const value = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '🙂'), maxLength: 14 });

describe('shell patterns', () => {
  it('match the start as regular expressions do', () => {
    fc.assert(
      fc.property(pattern, value, fc.boolean(), (text, subject, greedy) => {
        const wanted = regexp(text, { greedy, anchored: true }).exec(subject);
        expect(matchStart(parse(text), subject, greedy)).toBe(wanted === null ? -1 : wanted[0].length);
      }),
      { numRuns: 5_000 },
    );
  });

  it('are found where regular expressions find them', () => {
    fc.assert(
      fc.property(pattern, value, (text, subject) => {
        const wanted = regexp(text, { greedy: true, anchored: false }).exec(subject);
        const found = findMatch(parse(text), subject, 0);
        expect(found).toEqual(wanted === null ? undefined : [wanted.index, wanted.index + wanted[0].length]);
      }),
      { numRuns: 5_000 },
    );
  });

  it('replace once as regular expressions do', () => {
    fc.assert(
      fc.property(pattern, value, (text, subject) => {
        const wanted = subject.replace(regexp(text, { greedy: true, anchored: false }), '<$$>');
        expect(replaceFirst(subject, parse(text), '<$>')).toBe(wanted);
      }),
    );
  });

  it.each([
    ['abc', '', '-', '-a-b-c-'],
    ['abc', '*', '-', '-'],
    ['a\nb', '*', '-', '-\n-'],
    ['aXbX', 'X', '<$0>', 'a<X>b<X>'],
    ['aXb', 'X', '$$1', 'a$1b'],
    ['aXb', 'X', '$', 'a$b'],
    ['aXb', 'X', '$-', 'a$-b'],
    ['aXb', 'X', '$00', 'ab'],
    ['aXb', 'X', '$x_1é!', 'a!b'],
    ['aXb', 'X', '${0', 'a${0b'],
    ['🙂🙂', '', '-', '-🙂-🙂-'],
    ['', '', '-', '-'],
  ])('replaces all in %j of %j by %j', (subject, text, replacement, wanted) => {
    expect(replaceAll(subject, parse(text), replacement)).toBe(wanted);
  });

  it.each([
    ['\\*', '*', 1],
    ['\\\\', '\\', 1],
    ['\\}', '}', 1],
    ['\\/', '/', 1],
    ['\\/*', '/x', 1],
    ['[a]', '[a]', 3],
    ['.', '.', 1],
  ])('reads %j', (text, subject, end) => {
    expect(matchStart(parse(text), subject, false)).toBe(end);
  });

  it.each(['\\a', '\\', 'a\\ ', '\\n'])('refuses the escape in %j', (text) => {
    expect(typeof parseShellPattern(text)).toBe('string');
  });

  it('reverses patterns with their escapes', () => {
    expect(reversePattern('a\\*b?c')).toBe('c?b\\*a');
    expect(reversePattern('ab\\')).toBe('\\ba');
    expect(reverseText('a🙂b')).toBe('b🙂a');
  });
});

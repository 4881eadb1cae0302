import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeText } from '../bytes/index.ts';
import { createIgnoreMatcher, type IgnoreMatcher, parseIgnoreFile } from './ignore-file.ts';
import { cleanPath } from './ignore-pattern.ts';

function matcher(text: string): IgnoreMatcher {
  return createIgnoreMatcher(parseIgnoreFile(text));
}

/** Of the names, those that are left out. */
function ignored(text: string, names: string): string {
  const { ignores } = matcher(text);
  return names
    .split(' ')
    .filter((name) => ignores(encodeText(name)))
    .join(' ');
}

describe('parseIgnoreFile', () => {
  it.each([
    ['a\n\n  b  \n#c\n #d\r\n', ['a', 'b', '#d']],
    ['\uFEFFa\r\nb', ['a', 'b']],
    ['/a/b/\n./c\na//b/../c', ['a/b', 'c', 'a/c']],
    ['!a\n! b/\n!/c', ['!a', '!b', '!c']],
    ['/\n.\n..', ['/', '.', '..']],
    ['', []],
  ])('reads %j', (text, wanted) => {
    expect(parseIgnoreFile(text)).toEqual(wanted);
  });

  it('cleans paths as Go does', () => {
    const rows = {
      '': '.',
      '/': '/',
      '//a': '/a',
      'a/../..': '..',
      '/../a': '/a',
      '../../a': '../../a',
      'a/./b/': 'a/b',
    };
    for (const [path, wanted] of Object.entries(rows)) expect(cleanPath(path), path).toBe(wanted);
  });
});

describe('createIgnoreMatcher', () => {
  it.each([
    ['', 'a b/c', ''],
    ['a', 'a a/b b/a ab', 'a a/b'],
    ['/a/', 'a a/b/c', 'a a/b/c'],
    ['a/b', 'a a/b a/b/c a/bc', 'a/b a/b/c'],
    ['*', 'a a/b .c', 'a a/b .c'],
    ['*/b', 'b a/b a/c/b a/b/d', 'a/b a/b/d'],
    ['*.md', 'a.md b/a.md a.md/b', 'a.md a.md/b'],
    ['?.c', 'a.c ab.c /.c', 'a.c'],
    ['[a-c]x', 'ax dx bx/y', 'ax bx/y'],
    ['[^a]x', 'ax bx', 'bx'],
    ['a[*]b', 'a*b axb', 'a*b'],
    ['a\\*b', 'a*b axb', 'a*b'],
    ['a.b', 'a.b axb', 'a.b'],
    ['a+(b)$|{c}', 'a+(b)$|{c} aab', 'a+(b)$|{c}'],
    ['**', 'a a/b', 'a a/b'],
    ['**/a', 'a b/a b/c/a ba a/d', 'a b/a b/c/a a/d'],
    ['**/*.go', 'x.go a/x.go a/b/x.go x.c', 'x.go a/x.go a/b/x.go'],
    ['a/**', 'a a/b a/b/c ab', 'a/b a/b/c'],
    ['a/**/b', 'a/b a/x/b a/x/y/b a/xb', 'a/b a/x/b a/x/y/b'],
    ['a**', 'a ab a/b b', 'a ab a/b'],
    ['**a', 'a xa x/a ax', 'a xa x/a'],
    ['**a?', 'ab xab x/ab', 'ab x/ab'],
    ['a**b', 'ab axb a/b ax/b', 'ab a/b ax/b'],
    ['**/a/**', 'a a/b x/a x/a/b', 'a/b x/a/b'],
    ['***', 'a a/b', 'a a/b'],
    ['é*', 'éa ea', 'éa'],
    ['?', 'é 日 ab', 'é 日'],
    ['a b', 'a b', ''],
    ['.', 'a .', '.'],
    ['..\n../x', 'a x', ''],
  ])('leaves out by %j', (text, names, wanted) => {
    expect(ignored(text, names)).toBe(wanted);
  });

  it.each([
    ['*\n!a', 'a a/b b', 'b'],
    ['!a\n*', 'a b', 'a b'],
    ['a\n!a/b', 'a a/b a/c a/b/d', 'a a/c'],
    ['a\n!a/b\na/b/c', 'a/b a/b/c a/b/d', 'a/b/c'],
    ['*.md\n!README*.md\nREADME-secret.md', 'a.md README.md README-x.md README-secret.md', 'a.md README-secret.md'],
    ['*.md\nREADME-secret.md\n!README*.md', 'a.md README-secret.md', 'a.md'],
    ['**\n!**/*.c', 'a.c b/a.c b/d', 'b/d'],
    ['*/*\n!*/keep', 'a a/b a/keep a/keep/x', 'a/b'],
    ['a\n!**', 'a a/b', ''],
  ])('lets the last match decide: %j', (text, names, wanted) => {
    expect(ignored(text, names)).toBe(wanted);
  });

  it.each([
    ['a', 'a', false],
    ['a\n!a/b', 'a', true],
    ['a\n!a/b', 'a/b', false],
    ['a\n!a/b', 'a/c', false],
    ['*\n!b', 'a', false],
    ['*\n!a/*/c', 'a/b', true],
    ['*\n!a/*/c', 'b', false],
    ['*\n!**/x', 'a/b', true],
    ['*\n!a/**', 'a', true],
    ['*\n!a/b*/c', 'a/x', false],
    ['*\n!**', 'q', true],
  ])('of %j knows whether below %j may be something: %s', (text, directory, wanted) => {
    expect(matcher(text).mayContainIncluded(encodeText(directory))).toBe(wanted);
  });

  it('never lets a directory be skipped that has something included below', () => {
    const part = fc.constantFrom('a', 'b', '*', '**', '?', 'a*', '[ab]');
    const pattern = fc
      .tuple(fc.boolean(), fc.array(part, { minLength: 1, maxLength: 3 }))
      .map(([not, parts]) => (not ? '!' : '') + parts.join('/'));
    const path = fc.array(fc.constantFrom('a', 'b', 'ab'), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 4 }), path, (patterns, parts) => {
        const { ignores, mayContainIncluded } = createIgnoreMatcher(patterns);
        if (ignores(encodeText(parts.join('/')))) return;
        for (let depth = 1; depth < parts.length; depth++) {
          const above = encodeText(parts.slice(0, depth).join('/'));
          if (ignores(above)) expect(mayContainIncluded(above), `${patterns} ${above}`).toBe(true);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it.each(['!', '[', 'a\\', 'a/[b', '[]'])('refuses %j', (pattern) => {
    expect(() => createIgnoreMatcher([pattern])).toThrow(expect.objectContaining({ code: 'ignore-file-invalid' }));
  });

  it('takes any text, and is quick', () => {
    const hostile = matcher(`${'*a'.repeat(100)}b\n!${'**/a'.repeat(100)}\n**`);
    const started = performance.now();
    hostile.ignores(encodeText('a/'.repeat(300)));
    expect(performance.now() - started).toBeLessThan(2_000);
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, name) => {
        try {
          const { ignores, mayContainIncluded } = matcher(text);
          ignores(encodeText(name));
          mayContainIncluded(encodeText(name));
        } catch (error) {
          expect(error).toMatchObject({ code: 'ignore-file-invalid' });
        }
      }),
    );
  });
});

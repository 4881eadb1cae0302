import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ByteString } from '../bytes/index.ts';
import { baseName, climbsOut, joinPath, parentPath, pathNames, treePath } from './index.ts';

const path = (text: string): string | undefined => treePath(text as ByteString);

describe('treePath', () => {
  it.each([
    ['', ''],
    ['/', ''],
    ['.', ''],
    ['./', ''],
    ['a', 'a'],
    ['/a//b/./c/', 'a/b/c'],
    ['../../x', 'x'],
    ['a/../b', 'b'],
    ['a/..', ''],
    ['..', ''],
    ['.a/..b/c.', '.a/..b/c.'],
    ['a/.', 'a'],
    [`${'n'.repeat(255)}/x`, `${'n'.repeat(255)}/x`],
  ])('makes %j to %j', (text, expected) => {
    expect(path(text)).toBe(expected);
  });

  it.each([
    ['a NUL', 'a\0'],
    ['a long name', 'n'.repeat(256)],
    ['a long path', 'n/'.repeat(33_000)],
    ['a deep path', 'n/'.repeat(2049)],
  ])('refuses %s', (_name, text) => {
    expect(path(text)).toBeUndefined();
  });

  it('gives names that a directory can hold, and leaves them as they are', () => {
    const text = fc.array(fc.constantFrom('/', '.', '..', 'a', '\xff', '\0', '//', './'), { maxLength: 12 });
    fc.assert(
      fc.property(text, (parts) => {
        const made = treePath(parts.join('') as ByteString);
        if (made === undefined) return;
        expect(pathNames(made).every((name) => !['', '.', '..'].includes(name) && !/[/\0]/.test(name))).toBe(true);
        expect(treePath(made)).toBe(made);
        const [parent, name] = [parentPath(made), baseName(made)];
        expect(made === '' ? '' : joinPath(parent, name)).toBe(made);
      }),
    );
  });
});

describe('climbsOut', () => {
  it.each([
    ['a/b', false],
    ['a/../b', false],
    ['a/..', false],
    ['..a', false],
    ['..', true],
    ['/..', true],
    ['a/../..', true],
    ['a/../../a', true],
    ['./../a', true],
  ])('is for %j %s', (text, expected) => {
    expect(climbsOut(text as ByteString)).toBe(expected);
  });
});

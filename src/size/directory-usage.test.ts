import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { treeArbitrary } from '../../test/support/random-tree.ts';
import { measureDirectories } from './directory-usage.ts';
import { largestFiles, storedFiles } from './stored-file.ts';
import { treeOf } from './testing/tree-of.ts';

const tree = treeOf({
  'etc/conf': 5,
  'usr/bin/tool': 100,
  'usr/bin/alias': { same: 'usr/bin/tool' },
  'usr/lib/deep/er/lib': 300,
  'usr/lib/link': { link: 'deep' },
  'var/empty/': '',
});

describe('measureDirectories', () => {
  it('lists each directory before those below it, the largest first', () => {
    const rows = (depth: number) => measureDirectories(tree, depth).map((row) => Object.values(row).join(' '));
    expect(rows(0)).toEqual([' 0 405 5']);
    expect(rows(2)).toEqual([
      ' 0 405 5',
      'usr 1 400 4',
      'usr/lib 2 300 2',
      'usr/bin 2 100 2',
      'etc 1 5 1',
      'var 1 0 0',
      'var/empty 2 0 0',
    ]);
  });

  it('adds up to the files of the tree', () => {
    fc.assert(
      fc.property(treeArbitrary, fc.integer({ min: 0, max: 4 }), (random, depth) => {
        const rows = measureDirectories(random, depth);
        const entries = [...random.walk()];
        expect(rows[0]).toMatchObject({
          sizeBytes: storedFiles(random).reduce((sum, file) => sum + file.sizeBytes, 0),
          files: entries.filter(({ node }) => node.kind !== 'directory').length,
        });
        const directories = entries.filter(
          ({ node, path }) => node.kind === 'directory' && path.split('/').length <= depth,
        );
        expect(
          rows
            .slice(1)
            .map(({ path }) => path)
            .sort(),
        ).toEqual(directories.map(({ path }) => path).sort());
      }),
    );
  });
});

describe('storedFiles', () => {
  it('has every file once with all its names', () => {
    expect(storedFiles(tree).map(({ paths, sizeBytes }) => [paths.join(' '), sizeBytes])).toEqual([
      ['etc/conf', 5],
      ['usr/bin/alias usr/bin/tool', 100],
      ['usr/lib/deep/er/lib', 300],
    ]);
    expect(largestFiles(storedFiles(tree), 2).map(({ sizeBytes }) => sizeBytes)).toEqual([300, 100]);
  });
});

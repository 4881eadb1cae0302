import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { treeArbitrary } from '../../test/support/random-tree.ts';
import { type Content, equalContents, memoryContent, sparseContent, Tree } from '../tree/index.ts';
import { findDuplicates } from './duplicates.ts';
import { type StoredFile, storedFiles } from './stored-file.ts';
import { treeOf } from './testing/tree-of.ts';

describe('findDuplicates', () => {
  it('groups equal files, the most costly first', () => {
    const tree = treeOf({ a: 'text', 'b/a': 'text', 'b/c': 'text', d: 'tent', e: 50, f: 50, g: '', h: '' });
    expect(findDuplicates(storedFiles(tree))).toEqual([
      { paths: ['e', 'f'], sizeBytes: 50, extraBytes: 50 },
      { paths: ['a', 'b/a', 'b/c'], sizeBytes: 4, extraBytes: 8 },
    ]);
  });

  it('takes hard links for one file', () => {
    expect(findDuplicates(storedFiles(treeOf({ a: 9, b: { same: 'a' } })))).toEqual([]);
    const copied = treeOf({ a: 9, b: { same: 'a' }, c: 9 });
    expect(findDuplicates(storedFiles(copied))).toEqual([{ paths: ['a', 'c'], sizeBytes: 9, extraBytes: 9 }]);
  });

  it('reads neither a file of its own size nor a hole', () => {
    const unread: Content = { sizeBytes: 77, read: () => expect.unreachable() };
    const hollow = () => sparseContent(memoryContent('data'), [{ offsetBytes: 2 ** 50, lengthBytes: 4 }], 2 ** 52);
    const contents = [unread, memoryContent('x'), hollow(), hollow()];
    const files = contents.map((content, index): StoredFile => {
      const [file] = storedFiles(treeOf({ [`f${index}`]: 'x' }));
      if (file === undefined) throw new Error('no file');
      return {
        ...file,
        node: { ...file.node, content },
        sizeBytes: content.extents === undefined ? content.sizeBytes : 4,
      };
    });
    expect(findDuplicates(files)).toEqual([{ paths: ['f2', 'f3'], sizeBytes: 4, extraBytes: 4 }]);
  });

  it('finds nothing in nothing', () => expect(findDuplicates(storedFiles(new Tree()))).toEqual([]));

  it('finds just the pairs that are equal', () => {
    fc.assert(
      fc.property(treeArbitrary, (tree) => {
        const plain = storedFiles(tree).filter(
          ({ node, sizeBytes }) => sizeBytes > 0 && node.content.extents === undefined,
        );
        const pairs = plain.flatMap((one, index) =>
          plain.slice(index + 1).filter((other) => equalContents(one.node.content, other.node.content)),
        );
        const groups = findDuplicates(plain);
        expect(groups.reduce((sum, { paths }) => sum + (paths.length * (paths.length - 1)) / 2, 0)).toBe(pairs.length);
      }),
    );
  });
});

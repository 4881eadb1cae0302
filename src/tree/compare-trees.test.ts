import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rebuildTree, treeArbitrary } from '../../test/support/random-tree.ts';
import type { ByteString } from '../bytes/index.ts';
import {
  compareTrees,
  type Difference,
  equalTrees,
  memoryContent,
  mustTreePath,
  NO_XATTRS,
  type Node,
  Tree,
  TreeEditor,
} from './index.ts';

const ATTRIBUTES = { mode: 0o644, uid: 1, gid: 2, mtimeNs: 3n, xattrs: NO_XATTRS };
const FILE: Node = { kind: 'file', ...ATTRIBUTES, content: memoryContent('abc') };
const DEVICE: Node = { kind: 'block', ...ATTRIBUTES, major: 8, minor: 1 };
const LINK: Node = { kind: 'symlink', ...ATTRIBUTES, target: 'to' as ByteString };
const XATTRS = new Map([['user.a' as ByteString, Buffer.from('v')]]);

function treeOf(nodes: Readonly<Record<string, Node>>): Tree {
  const editor = new TreeEditor();
  for (const [path, node] of Object.entries(nodes)) editor.put(mustTreePath(path as ByteString), node);
  return editor.finish();
}

describe('compareTrees', () => {
  it('finds no difference between a tree and its copy', () => {
    fc.assert(
      fc.property(treeArbitrary, (tree) => {
        expect(compareTrees(tree, rebuildTree(tree))).toEqual([]);
        expect(equalTrees(tree, rebuildTree(tree))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it.each<[Difference['attribute'], Node, Node, string, string]>([
    ['kind', FILE, LINK, 'file', 'symlink'],
    ['mode', FILE, { ...FILE, mode: 0o4755 }, '644', '4755'],
    ['uid', FILE, { ...FILE, uid: 9 }, '1', '9'],
    ['gid', FILE, { ...FILE, gid: 9 }, '2', '9'],
    ['mtimeNs', FILE, { ...FILE, mtimeNs: 4n }, '3', '4'],
    ['xattrs', FILE, { ...FILE, xattrs: XATTRS }, '', 'user.a=76'],
    ['content', FILE, { ...FILE, content: memoryContent('abcd') }, '3 bytes', '4 bytes'],
    ['content', FILE, { ...FILE, content: memoryContent('abd') }, '3 bytes', 'other bytes'],
    ['target', LINK, { ...LINK, target: 'elsewhere' as ByteString }, 'to', 'elsewhere'],
    ['device', DEVICE, { ...DEVICE, minor: 2 }, '8:1', '8:2'],
  ])('reports the %s', (attribute, one, other, left, right) => {
    expect(compareTrees(treeOf({ f: one }), treeOf({ f: other }))).toEqual([{ path: 'f', attribute, left, right }]);
  });

  it('reports what only one has', () => {
    expect(compareTrees(treeOf({ 'd/a': FILE }), treeOf({ 'd/b': LINK }))).toEqual([
      { path: 'd/a', attribute: 'presence', left: 'file', right: 'nothing' },
      { path: 'd/b', attribute: 'presence', left: 'nothing', right: 'symlink' },
    ]);
  });

  it('reports names that are one file in only one of them', () => {
    expect(compareTrees(treeOf({ a: FILE, b: FILE }), treeOf({ a: FILE, b: { ...FILE } }))).toEqual([
      { path: 'b', attribute: 'links', left: 'a', right: 'b' },
    ]);
  });

  it('reports the root', () => {
    const tree = new Tree();
    expect(compareTrees(tree, new Tree({ ...tree.root, uid: 5 }))).toEqual([
      { path: '', attribute: 'uid', left: '0', right: '5' },
    ]);
  });
});

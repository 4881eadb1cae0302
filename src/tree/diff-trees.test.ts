import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rebuildTree, treeArbitrary, treePairArbitrary } from '../../test/support/random-tree.ts';
import type { ByteString } from '../bytes/index.ts';
import {
  applyLayer,
  compareTrees,
  diffTrees,
  type FileNode,
  type LayerEntry,
  memoryContent,
  mustTreePath,
  NO_XATTRS,
  Tree,
  TreeEditor,
  type TreePath,
  treeLayer,
} from './index.ts';

const ATTRIBUTES = { mode: 0o644, uid: 0, gid: 0, mtimeNs: 0n, xattrs: NO_XATTRS };

const at = (path: string): TreePath => mustTreePath(path as ByteString);
const file = (text: string): FileNode => ({ kind: 'file', ...ATTRIBUTES, content: memoryContent(text) });

function treeOf(files: Readonly<Record<string, FileNode>>): Tree {
  const editor = new TreeEditor();
  for (const [path, node] of Object.entries(files)) editor.put(at(path), node);
  return editor.finish();
}

/** A layer as it comes back from its tar: with nodes of its own, none of which stands in the tree below already. */
function asRead(entries: readonly LayerEntry[]): LayerEntry[] {
  return entries.map((entry) => (entry.kind === 'node' ? { ...entry, node: { ...entry.node } } : entry));
}

function show(entries: readonly LayerEntry[]): string[] {
  return entries.map((entry) => {
    if (entry.kind === 'node') return `${entry.path} ${entry.node.kind}`;
    return entry.kind === 'hardlink' ? `${entry.path} -> ${entry.target}` : `${entry.path} ${entry.kind}`;
  });
}

describe('diffTrees', () => {
  it('takes any tree to any other', () => {
    fc.assert(
      fc.property(treePairArbitrary, ([lower, upper]) => {
        expect(compareTrees(upper, applyLayer(lower, asRead(diffTrees(lower, upper))))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('finds nothing between equal trees', () => {
    fc.assert(
      fc.property(treeArbitrary, (tree) => {
        expect(diffTrees(tree, tree)).toEqual([]);
        expect(diffTrees(tree, rebuildTree(tree))).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it('gives the same layer in whatever order directories hold their names', () => {
    fc.assert(
      fc.property(treeArbitrary, (tree) => {
        const reversed = new Tree({ ...tree.root, children: new Map([...tree.root.children].reverse()) });
        expect(treeLayer(reversed)).toEqual(treeLayer(tree));
      }),
      { numRuns: 100 },
    );
  });

  it('names the directories above a change, whiteouts first, siblings in byte order', () => {
    const lower = treeOf({ 'd/a': file('a'), 'd/b': file('b'), 'd/sub/x': file('x'), 'other/y': file('y') });
    const editor = new TreeEditor(lower);
    editor.remove(at('d/b'));
    editor.remove(at('d/sub/x'));
    editor.put(at('d/c'), file('c'));
    editor.put(at('d.txt'), file('t'));
    expect(show(diffTrees(lower, editor.finish()))).toEqual([
      'd directory',
      'd/b whiteout',
      'd/c file',
      'd/sub directory',
      'd/sub/x whiteout',
      'd.txt file',
    ]);
  });

  it('replaces a directory by a file and a file by a directory without a whiteout', () => {
    const lower = treeOf({ 'd/a': file('a'), f: file('f') });
    const upper = treeOf({ d: file('now a file'), 'f/b': file('b') });
    expect(show(diffTrees(lower, upper))).toEqual(['d file', 'f directory', 'f/b file']);
  });

  it('writes every name of a file that got one more, wherever the others are', () => {
    const shared = file('shared');
    const lower = treeOf({ 'untouched/one': shared, b: file('b') });
    const editor = new TreeEditor(lower);
    editor.put(at('a'), shared);
    expect(show(diffTrees(lower, editor.finish()))).toEqual(['a file', 'untouched directory', 'untouched/one -> a']);
  });

  it('writes only one of two equal files that were one', () => {
    const linked = file('same');
    const lower = treeOf({ a: linked, b: linked });
    expect(show(diffTrees(lower, treeOf({ a: file('same'), b: file('same') })))).toEqual(['b file']);
  });

  it('parts a file from its other name in a directory that did not change', () => {
    const linked = file('same');
    const lower = treeOf({ 'd/a': linked, b: linked });
    const editor = new TreeEditor(lower);
    editor.put(at('b'), file('same'));
    expect(show(diffTrees(lower, editor.finish()))).toEqual(['b file']);
  });

  it('joins two equal files that were apart, also when one is in a directory that did not change', () => {
    const kept = file('same');
    const lower = treeOf({ 'd/a': kept, b: file('same') });
    const editor = new TreeEditor(lower);
    editor.put(at('b'), kept);
    expect(show(diffTrees(lower, editor.finish()))).toEqual(['b file', 'd directory', 'd/a -> b']);
  });

  it('has no entry for files that kept their links when another name went', () => {
    const linked = file('same');
    const lower = treeOf({ a: linked, b: linked, c: linked });
    expect(show(diffTrees(lower, treeOf({ a: linked, b: linked })))).toEqual(['c whiteout']);
  });

  it('has a root entry only if the root differs', () => {
    const lower = new Tree();
    const upper = new Tree({ ...lower.root, mode: 0o700 });
    expect(show(diffTrees(lower, upper))).toEqual([' directory']);
  });
});

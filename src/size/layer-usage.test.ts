import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editsArbitrary, editTree } from '../../test/support/random-tree.ts';
import { sparseContent, Tree, TreeEditor } from '../tree/index.ts';
import { forEachChange } from './changes.ts';
import { measureLayers } from './layer-usage.ts';
import { storedFiles } from './stored-file.ts';
import { pathOf, treeOf } from './testing/tree-of.ts';

const treesArbitrary = fc.array(editsArbitrary(10), { maxLength: 5 }).map((layers) => {
  const trees: Tree[] = [];
  for (const edits of layers) trees.push(editTree(trees.at(-1) ?? new Tree(), edits));
  return trees;
});

describe('measureLayers', () => {
  it('counts what each layer adds, writes again and removes', () => {
    const one = treeOf({ 'a/x': 10, 'a/y': 20, 'b/z': 5, 'b/link': { link: 'z' } });
    const two = treeOf({ 'a/x': 11, 'c/new': 3, b: null }, one);
    expect(measureLayers([one, two])).toEqual({
      layers: [
        { sizeBytes: 35, wastedBytes: 15, added: 4, changed: 0, removed: 0 },
        { sizeBytes: 14, wastedBytes: 0, added: 1, changed: 1, removed: 2 },
      ],
      storedBytes: 49,
      wastedBytes: 15,
      efficiency: 34 / 49,
      wasted: [
        { path: 'a/x', wastedBytes: 10, layers: [0], lostIn: 1, fate: 'overwritten', isSameContent: false },
        { path: 'b/z', wastedBytes: 5, layers: [0], lostIn: 1, fate: 'removed', isSameContent: false },
      ],
    });
  });

  it('sees a file written again and again, and by the same bytes', () => {
    const one = treeOf({ f: 'same' });
    const two = treeOf({ f: 'same' }, one);
    const three = treeOf({ f: 'other' }, two);
    const four = treeOf({ f: null }, three);
    const wasted = (...trees: Tree[]) => measureLayers(trees).wasted;
    expect(wasted(one, two)).toMatchObject([{ wastedBytes: 4, fate: 'overwritten', isSameContent: true }]);
    expect(wasted(one, two, three)).toMatchObject([
      { wastedBytes: 8, layers: [0, 1], lostIn: 2, isSameContent: false },
    ]);
    expect(wasted(one, two, three, four)).toMatchObject([
      { wastedBytes: 13, layers: [0, 1, 2], lostIn: 3, fate: 'removed' },
    ]);
  });

  it('loses a file with its last name only', () => {
    const one = treeOf({ f: 100, g: { same: 'f' } });
    const two = treeOf({ g: null }, one);
    const three = treeOf({ moved: { same: 'f' }, f: null }, two);
    expect(measureLayers([one, two, three])).toMatchObject({ storedBytes: 100, wastedBytes: 0 });
    const four = treeOf({ moved: null }, three);
    expect(measureLayers([one, two, three, four])).toMatchObject({ storedBytes: 100, wastedBytes: 100, efficiency: 0 });
  });

  it('sees a directory become a file, and a file a directory', () => {
    const one = treeOf({ 'd/a': 1, 'd/b': 2, f: 4 });
    const two = treeOf({ d: 8, 'f/c': 16 }, one);
    expect(measureLayers([one, two])).toMatchObject({
      layers: [
        { sizeBytes: 7, wastedBytes: 7 },
        { sizeBytes: 24, added: 2, changed: 0, removed: 3 },
      ],
    });
  });

  it('counts data, not holes', () => {
    const content = sparseContent(treeOfBytes(4096), [{ offsetBytes: 1 << 30, lengthBytes: 4096 }], 1 << 40);
    const editor = new TreeEditor(treeOf({ f: 1 }));
    const node = editor.lookup(pathOf('f'));
    if (node?.kind === 'file') editor.put(pathOf('f'), { ...node, content });
    expect(measureLayers([editor.finish()])).toMatchObject({ storedBytes: 4096 });
  });

  it('finds nothing wasted in nothing', () => {
    expect(measureLayers([])).toEqual({ layers: [], storedBytes: 0, wastedBytes: 0, efficiency: 1, wasted: [] });
    expect(measureLayers([new Tree()])).toMatchObject({ efficiency: 1 });
  });

  it('wastes exactly what the last tree does not show', () => {
    fc.assert(
      fc.property(treesArbitrary, (trees) => {
        const usage = measureLayers(trees);
        const shown = storedFiles(trees.at(-1) ?? new Tree()).reduce((sum, file) => sum + file.sizeBytes, 0);
        expect(usage.storedBytes - usage.wastedBytes).toBe(shown);
        expect(usage.layers.reduce((sum, layer) => sum + layer.sizeBytes, 0)).toBe(usage.storedBytes);
        expect(usage.layers.reduce((sum, layer) => sum + layer.wastedBytes, 0)).toBe(usage.wastedBytes);
        expect(usage.wasted.reduce((sum, file) => sum + file.wastedBytes, 0)).toBe(usage.wastedBytes);
      }),
    );
  });
});

describe('forEachChange', () => {
  it('tells all that makes the one tree of the other', () => {
    const leaves = (tree: Tree) =>
      new Map([...tree.walk()].flatMap((e) => (e.node.kind === 'directory' ? [] : [[e.path, e.node] as const])));
    fc.assert(
      fc.property(fc.tuple(treesArbitrary, treesArbitrary), ([[before = new Tree()], [after = new Tree()]]) => {
        const found = leaves(before);
        forEachChange(before, after, (change) => {
          expect(found.get(change.path)).toBe(change.before);
          if (change.after === undefined) found.delete(change.path);
          else found.set(change.path, change.after);
        });
        expect(found).toEqual(leaves(after));
      }),
    );
  });
});

function treeOfBytes(sizeBytes: number) {
  const node = treeOf({ f: sizeBytes }).lookup(pathOf('f'));
  if (node?.kind !== 'file') throw new Error('no file');
  return node.content;
}

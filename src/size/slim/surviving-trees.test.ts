import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editsArbitrary, editTree } from '../../../test/support/random-tree.ts';
import { applyLayer, diffTrees, equalTrees, Tree, TreeEditor } from '../../tree/index.ts';
import { measureLayers } from '../layer-usage.ts';
import { treeOf } from '../testing/tree-of.ts';
import { survivingTrees } from './surviving-trees.ts';

describe('survivingTrees', () => {
  it('leaves what stays whole the same object', () => {
    const one = treeOf({ 'a/x': 1, 'b/y': 2 });
    const two = treeOf({ 'c/z': 3 }, one);
    expect(survivingTrees([one, two], two)).toEqual([one, two]);
    const [first, second] = survivingTrees([one, two], treeOf({ c: null }, two));
    expect([first === one, second === two]).toEqual([true, false]);
  });

  it('lets no layer hold what the target does not show', () => {
    const layers = fc.array(editsArbitrary(10), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(layers, fc.nat(), (edits, seed) => {
        const trees: Tree[] = [];
        for (const edit of edits) trees.push(editTree(trees.at(-1) ?? new Tree(), edit));
        const last = trees.at(-1) ?? new Tree();
        const editor = new TreeEditor(last);
        for (const [index, { path }] of [...last.walk()].entries()) if ((seed >> (index % 31)) & 1) editor.remove(path);
        const target = editor.finish();
        const slim = survivingTrees(trees, target);
        expect(measureLayers(slim)).toMatchObject({ wastedBytes: 0 });
        let made = new Tree();
        for (const [index, tree] of slim.entries())
          made = applyLayer(made, diffTrees(slim[index - 1] ?? new Tree(), tree));
        expect(equalTrees(made, target)).toBe(true);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { treeArbitrary } from '../../test/support/random-tree.ts';
import type { ByteString } from '../bytes/index.ts';
import { isPlinthError } from '../errors/index.ts';
import { ROOT_PATH, type Tree, writeLayerTar } from '../tree/index.ts';
import { copyFiles } from './copy-files.ts';
import { LayerDraft } from './layer-draft.ts';

/** The tar of the layer that COPY of all of `source` makes, or the code of the error. */
function layerOf(base: Tree, source: Tree, adopt: boolean): string {
  const draft = new LayerDraft(base, 0n);
  const chunks: Buffer[] = [];
  try {
    copyFiles(draft, [{ name: '' as ByteString, path: ROOT_PATH, node: source.root }], {
      destination: '/' as ByteString,
      adopt,
    });
    writeLayerTar(draft.entries(), (chunk) => chunks.push(Buffer.from(chunk)));
  } catch (error) {
    if (isPlinthError(error)) return error.code;
    throw error;
  }
  return Buffer.concat(chunks).toString('latin1');
}

describe('copyFiles', () => {
  it('makes the same layer of nodes that it adopts as of copies of them', () => {
    fc.assert(
      fc.property(treeArbitrary, treeArbitrary, (base, source) => {
        expect(layerOf(base, source, true)).toBe(layerOf(base, source, false));
      }),
      { numRuns: 200 },
    );
  });
});

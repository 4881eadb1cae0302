import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { treeArbitrary, treePairArbitrary } from '../../test/support/random-tree.ts';
import { scanTar, type TarEntry } from '../archive/index.ts';
import type { ByteString } from '../bytes/index.ts';
import {
  applyLayer,
  compareTrees,
  diffTrees,
  type LayerEntry,
  memoryContent,
  mustTreePath,
  NO_XATTRS,
  type Node,
  readLayer,
  sparseContent,
  Tree,
  TreeEditor,
  treeLayer,
  writeLayerTar,
  writeTreeTar,
} from './index.ts';

const ATTRIBUTES = { mode: 0o640, uid: 7, gid: 8, mtimeNs: 1n, xattrs: NO_XATTRS };

function tarOf(entries: readonly LayerEntry[]): { tar: Buffer; written: TarEntry[] } {
  const chunks: Buffer[] = [];
  const written: TarEntry[] = [];
  writeLayerTar(
    entries,
    (chunk) => chunks.push(Buffer.from(chunk)),
    (entry) => written.push(entry),
  );
  return { tar: Buffer.concat(chunks), written };
}

describe('writeLayerTar', () => {
  it('keeps every attribute of a tree, its root included', () => {
    fc.assert(
      fc.property(treeArbitrary, (tree) => {
        const source = memoryContent(tarOf(treeLayer(tree)).tar);
        const back = applyLayer(new Tree(), readLayer(scanTar(source), source));
        expect(compareTrees(tree, back)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('keeps what a layer changes, whiteouts included', () => {
    fc.assert(
      fc.property(treePairArbitrary, ([lower, upper]) => {
        const source = memoryContent(tarOf(diffTrees(lower, upper)).tar);
        expect(compareTrees(upper, applyLayer(lower, readLayer(scanTar(source), source)))).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('tells of the entries that a scan of the tar finds', () => {
    fc.assert(
      fc.property(treePairArbitrary, ([lower, upper]) => {
        const { tar, written } = tarOf(diffTrees(lower, upper));
        expect(written.map(readable)).toEqual([...scanTar(memoryContent(tar))].map(readable));
      }),
      { numRuns: 100 },
    );
  });

  it('gives the same bytes for the same tree', () => {
    fc.assert(
      fc.property(treeArbitrary, (tree) => {
        expect(tarOf(treeLayer(tree)).tar.equals(tarOf(treeLayer(tree)).tar)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('writes files larger than its buffer', () => {
    const data = Buffer.alloc(3 * 1024 * 1024 + 17, 'plinth ');
    const tree = treeWith('big', { kind: 'file', ...ATTRIBUTES, content: memoryContent(data) });
    const source = memoryContent(tarOf(treeLayer(tree)).tar);
    expect(compareTrees(tree, applyLayer(new Tree(), readLayer(scanTar(source), source)))).toEqual([]);
  });

  it('writes holes as holes where they save much, as zeros otherwise', () => {
    const data = memoryContent(Buffer.alloc(4096, 'd'));
    const sizes = [16 * 1024 * 1024, 64 * 1024].map((sizeBytes) => {
      const content = sparseContent(data, [{ offsetBytes: 8192, lengthBytes: 4096 }], sizeBytes);
      return tarOf(treeLayer(treeWith('sparse', { kind: 'file', ...ATTRIBUTES, content }))).tar.length;
    });
    expect(sizes[0]).toBeLessThan(16 * 1024);
    expect(sizes[1]).toBeGreaterThan(64 * 1024);
  });

  it('gives a hard link the attributes of its file, which some readers apply', () => {
    const node: Node = { kind: 'file', ...ATTRIBUTES, content: memoryContent('x') };
    const editor = new TreeEditor(treeWith('a', node));
    editor.put(mustTreePath('b' as ByteString), node);
    const link = tarOf(treeLayer(editor.finish())).written.find((entry) => entry.kind === 'hardlink');
    expect(link).toMatchObject({ path: 'b', linkTarget: 'a', mode: 0o640, uid: 7, gid: 8, mtimeNs: 1n });
  });

  it('refuses a file whose name would read as a removal, but not in a plain tar', () => {
    const tree = treeWith('d/.wh.x/y', { kind: 'fifo', ...ATTRIBUTES });
    expect(() => tarOf(treeLayer(tree))).toThrowError(expect.objectContaining({ code: 'layer-name-reserved' }));
    const paths: string[] = [];
    writeTreeTar(
      tree,
      () => {},
      (entry) => paths.push(entry.path),
    );
    expect(paths).toEqual(['./', 'd/', 'd/.wh.x/', 'd/.wh.x/y']);
  });

  it('fails when a content is shorter than it says', () => {
    const short = { sizeBytes: 100, read: () => 0 };
    const tree = treeWith('f', { kind: 'file', ...ATTRIBUTES, content: short });
    expect(() => tarOf(treeLayer(tree))).toThrowError(expect.objectContaining({ code: 'content-short' }));
  });
});

/** An entry whose extended attributes compare by their bytes alone. */
function readable(entry: TarEntry): unknown {
  return {
    ...entry,
    xattrs: [...entry.xattrs].map(([name, value]) => [name, Buffer.from(value).toString('hex')]).sort(),
  };
}

function treeWith(path: string, node: Node): Tree {
  const editor = new TreeEditor();
  editor.put(mustTreePath(path as ByteString), node);
  return editor.finish();
}

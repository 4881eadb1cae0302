import { describe, expect, it } from 'vitest';
import type { ByteString } from '../bytes/index.ts';
import {
  type DirectoryNode,
  memoryContent,
  mustTreePath,
  NO_CHILDREN,
  NO_XATTRS,
  type Node,
  Tree,
  TreeEditor,
  type TreePath,
} from './index.ts';

const ATTRIBUTES = { mode: 0o755, uid: 0, gid: 0, mtimeNs: 0n, xattrs: NO_XATTRS };
const FILE: Node = { kind: 'file', ...ATTRIBUTES, content: memoryContent('x') };
const DIRECTORY: DirectoryNode = { kind: 'directory', ...ATTRIBUTES, children: NO_CHILDREN };
const at = (path: string): TreePath => mustTreePath(path as ByteString);
const list = (tree: Tree): string[] => [...tree.walk()].map(({ path }) => path);

function treeOf(...paths: string[]): Tree {
  const editor = new TreeEditor();
  for (const path of paths) editor.put(at(path), FILE);
  return editor.finish();
}

describe('TreeEditor', () => {
  it('copies only the directories on the way to a change', () => {
    const base = treeOf('a/b/c', 'd/e');
    const editor = new TreeEditor(base);
    editor.put(at('a/b/x'), FILE);
    const tree = editor.finish();
    expect(list(base)).toEqual(['a', 'a/b', 'a/b/c', 'd', 'd/e']);
    expect(list(tree)).toEqual(['a', 'a/b', 'a/b/c', 'a/b/x', 'd', 'd/e']);
    expect(tree.lookup(at('d'))).toBe(base.lookup(at('d')));
    expect(tree.lookup(at('a/b/c'))).toBe(base.lookup(at('a/b/c')));
  });

  it('leaves finished trees as they were', () => {
    const editor = new TreeEditor(treeOf('a/b'));
    const first = editor.finish();
    editor.put(at('a/c'), FILE);
    editor.put(at('a'), { ...DIRECTORY, mode: 0o700 });
    editor.remove(at('a/b'));
    const second = editor.finish();
    expect(list(first)).toEqual(['a', 'a/b']);
    expect(first.lookup(at('a'))?.mode).toBe(0o755);
    expect(list(second)).toEqual(['a', 'a/c']);
  });

  it('changes nothing, and copies nothing, for a directory that is there with the same attributes', () => {
    const base = treeOf('a/b/c');
    const editor = new TreeEditor(base);
    editor.put(at('a/b'), DIRECTORY);
    expect(editor.finish().lookup(at('a'))).toBe(base.lookup(at('a')));
  });

  it('puts into the new directory after one replaced another', () => {
    const editor = new TreeEditor(treeOf('a/b'));
    editor.put(at('a/x'), FILE);
    editor.put(at('a'), FILE);
    editor.put(at('a/y'), FILE);
    editor.put(at('a'), { ...DIRECTORY, mode: 0o700 });
    editor.put(at('a/z'), FILE);
    expect(list(editor.finish())).toEqual(['a', 'a/y', 'a/z']);
  });

  it('puts a subtree without sharing what is edited later', () => {
    const other = treeOf('d/x');
    const editor = new TreeEditor();
    const node = other.lookup(at('d'));
    if (node === undefined) throw new Error('no node');
    editor.put(at('a'), node);
    editor.put(at('a/y'), FILE);
    expect(list(other)).toEqual(['d', 'd/x']);
    expect(list(editor.finish())).toEqual(['a', 'a/x', 'a/y']);
  });

  it('removes, clears and makes', () => {
    const editor = new TreeEditor(treeOf('a/b', 'c/d', 'e'));
    expect(editor.remove(at('a/b'))).toBe(true);
    expect(editor.remove(at('a/b'))).toBe(false);
    expect(editor.remove(at('e/x'))).toBe(false);
    editor.clear(at('c'));
    editor.clear(at('e'));
    editor.makeDirectory(at('n/m'));
    expect(list(editor.finish())).toEqual(['a', 'c', 'e', 'n', 'n/m']);
    expect(editor.remove(at(''))).toBe(true);
    expect(list(editor.finish())).toEqual([]);
    expect(new Tree(editor.finish().root).root.children.size).toBe(0);
  });
});

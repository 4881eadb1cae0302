import { describe, expect, it } from 'vitest';
import type { ByteString } from '../bytes/index.ts';
import { memoryContent, mustTreePath, NO_XATTRS, type Node, type Tree, TreeEditor } from './index.ts';

const ATTRIBUTES = { mode: 0o755, uid: 0, gid: 0, mtimeNs: 0n, xattrs: NO_XATTRS };
const FILE: Node = { kind: 'file', ...ATTRIBUTES, content: memoryContent('x') };

/** A tree of files, and links where a target is given. */
function treeOf(paths: Readonly<Record<string, string | null>>): Tree {
  const editor = new TreeEditor();
  for (const [path, target] of Object.entries(paths)) {
    const link: Node = { kind: 'symlink', ...ATTRIBUTES, target: target as ByteString };
    editor.put(mustTreePath(path as ByteString), target === null ? FILE : link);
  }
  return editor.finish();
}

describe('Tree.resolve', () => {
  const tree = treeOf({
    'usr/lib/libc': null,
    lib: 'usr/lib',
    'usr/lib64': '../lib',
    etc: '/usr/../../usr/lib/./',
    loop: 'pool',
    pool: 'loop',
    broken: 'nowhere',
    up: '../../../..',
  });

  it.each([
    ['lib/libc', 'usr/lib/libc'],
    ['usr/lib64/libc', 'usr/lib/libc'],
    ['/etc/libc', 'usr/lib/libc'],
    ['etc/../lib64', 'usr/lib'],
    ['up/up/lib', 'usr/lib'],
    ['../..', ''],
    ['usr/..', ''],
    ['lib', 'usr/lib'],
  ])('follows %s to %s', (path, expected) => {
    expect(tree.resolve(path as ByteString)?.path).toBe(expected);
  });

  it.each([['loop'], ['loop/x'], ['broken'], ['usr/lib/libc/..'], ['usr/nothing/..'], ['lib/libc/x']])(
    'finds nothing at %s',
    (path) => {
      expect(tree.resolve(path as ByteString)).toBeUndefined();
    },
  );

  it('does not follow a last link if asked so', () => {
    expect(tree.resolve('usr/lib64' as ByteString, { followLast: false })?.path).toBe('usr/lib64');
    expect(tree.resolve('broken' as ByteString, { followLast: false })?.node.kind).toBe('symlink');
  });
});

describe('Tree.walk', () => {
  it('meets parents first and siblings in byte order', () => {
    const tree = treeOf({ 'a.txt': null, 'a/b': null, 'a/B': null, '\xff': null, 'a-': null });
    expect([...tree.walk()].map(({ path }) => path)).toEqual(['a', 'a/B', 'a/b', 'a-', 'a.txt', '\xff']);
    expect([...tree.walk(mustTreePath('a' as ByteString))].map(({ path }) => path)).toEqual(['a/B', 'a/b']);
  });
});

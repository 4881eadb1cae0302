import { describe, expect, it } from 'vitest';
import type { ByteString } from '../bytes/index.ts';
import {
  type LayerEntry,
  memoryContent,
  mustTreePath,
  NO_CHILDREN,
  NO_XATTRS,
  type Node,
  overlayTree,
  type Tree,
  type TreePath,
  type Xattrs,
} from './index.ts';

const ATTRIBUTES = { mode: 0o755, uid: 0, gid: 0, mtimeNs: 0n, xattrs: NO_XATTRS };
const at = (path: string): TreePath => mustTreePath(path as ByteString);
const node = (path: string, value: Node): LayerEntry => ({ kind: 'node', path: at(path), node: value });
const file: Node = { kind: 'file', ...ATTRIBUTES, content: memoryContent('x') };
const directory = (xattrs: Xattrs = NO_XATTRS): Node => ({
  kind: 'directory',
  ...ATTRIBUTES,
  xattrs,
  children: NO_CHILDREN,
});
const whiteout = (path: string): LayerEntry => ({ kind: 'whiteout', path: at(path) });
const opaque = (path: string): LayerEntry => ({ kind: 'opaque', path: at(path) });

function list(tree: Tree): string[] {
  return [...tree.walk()].map(({ path, node: { kind, xattrs } }) => [path, kind, ...xattrs.keys()].join(' '));
}

describe('overlayTree', () => {
  it.each<[string, LayerEntry[], string[]]>([
    ['a removal as a device 0:0', [node('d', directory()), whiteout('d/a')], ['d directory', 'd/a character']],
    ['a removal in a directory it implies', [whiteout('d/a')], ['d directory', 'd/a character']],
    [
      'an opaque directory as an attribute',
      [node('d', directory()), opaque('d')],
      ['d directory trusted.overlay.opaque'],
    ],
    ['an opaque directory it implies', [opaque('d')], ['d directory trusted.overlay.opaque']],
    [
      'a directory removed and made anew as opaque',
      [node('d', directory()), node('d/x', file), whiteout('d')],
      ['d directory trusted.overlay.opaque', 'd/x file'],
    ],
    ['a file removed and made anew as the file', [node('a', file), whiteout('a')], ['a file']],
    ['no removal below what it makes a file', [node('a', file), whiteout('a/b'), opaque('a')], ['a file']],
  ])('records %s', (_name, entries, expected) => {
    expect(list(overlayTree(entries, 'trusted'))).toEqual(expected);
  });

  it('records the root as opaque', () => {
    expect([...overlayTree([opaque('')], 'user').root.xattrs.keys()]).toEqual(['user.overlay.opaque']);
  });

  it('drops the records of overlayfs that a layer brings along', () => {
    const names = ['trusted.overlay.redirect', 'user.overlay.opaque', 'user.note'] as ByteString[];
    const xattrs = new Map(names.map((name) => [name, Buffer.from('/etc')]));
    expect(list(overlayTree([node('d', directory(xattrs))], 'user'))).toEqual(['d directory user.note']);
  });

  it('refuses a hard link out of the layer', () => {
    expect(() => overlayTree([{ kind: 'hardlink', path: at('a'), target: at('below') }], 'trusted')).toThrowError(
      expect.objectContaining({ code: 'layer-link-missing' }),
    );
  });
});

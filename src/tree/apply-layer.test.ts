import { describe, expect, it } from 'vitest';
import type { ByteString } from '../bytes/index.ts';
import {
  applyLayer,
  type LayerEntry,
  memoryContent,
  mustTreePath,
  NO_CHILDREN,
  NO_XATTRS,
  type Node,
  Tree,
  type TreePath,
} from './index.ts';

const ATTRIBUTES = { mode: 0o755, uid: 0, gid: 0, mtimeNs: 0n, xattrs: NO_XATTRS };
const at = (path: string): TreePath => mustTreePath(path as ByteString);

/** Short forms of entries: `d/` a directory, `f` a file, `l -> t` a link, `h = t` a hard link, `!p` and `!!p` removals. */
function entry(text: string): LayerEntry {
  if (text.startsWith('!!')) return { kind: 'opaque', path: at(text.slice(2)) };
  if (text.startsWith('!')) return { kind: 'whiteout', path: at(text.slice(1)) };
  const [hardlink, hardTarget] = text.split(' = ');
  if (hardlink !== undefined && hardTarget !== undefined) {
    return { kind: 'hardlink', path: at(hardlink), target: at(hardTarget) };
  }
  const [link, target] = text.split(' -> ');
  if (link !== undefined && target !== undefined)
    return put(link, { kind: 'symlink', ...ATTRIBUTES, target: target as ByteString });
  if (text.endsWith('/')) return put(text, { kind: 'directory', ...ATTRIBUTES, children: NO_CHILDREN });
  return put(text, { kind: 'file', ...ATTRIBUTES, content: memoryContent(text) });
}

function put(path: string, node: Node): LayerEntry {
  return { kind: 'node', path: at(path), node };
}

function apply(...layers: string[][]): Tree {
  return layers.reduce((tree, layer) => applyLayer(tree, layer.map(entry)), new Tree());
}

function list(tree: Tree): string[] {
  return [...tree.walk()].map(({ path, node }) => {
    if (node.kind === 'directory') return `${path}/`;
    return node.kind === 'symlink' ? `${path} -> ${node.target}` : path;
  });
}

describe('applyLayer', () => {
  it.each<[string, string[], string[], string[]]>([
    ['adds files and the parents they imply', [], ['a/b/c'], ['a/', 'a/b/', 'a/b/c']],
    ['removes a file', ['a', 'b'], ['!a'], ['b']],
    ['removes a directory with all in it', ['d/x/y', 'b'], ['!d'], ['b']],
    ['removes nothing where nothing is', ['b'], ['!a', '!b/c', '!x/y', '!!x'], ['b']],
    ['empties an opaque directory', ['d/x', 'd/y/z', 'e'], ['!!d'], ['d/', 'e']],
    ['empties the root', ['d/x', 'e'], ['!!', 'f'], ['f']],
    ['hides no sibling of the same layer', ['d/x'], ['d/', 'd/new', '!!d'], ['d/', 'd/new']],
    ['replaces a removed file in the same layer, whiteout last', ['a'], ['a', '!a'], ['a']],
    ['makes a removed directory anew', ['d/x'], ['d/', 'd/y', '!d'], ['d/', 'd/y']],
    ['keeps the children of a directory over a directory', ['d/x'], ['d/'], ['d/', 'd/x']],
    ['replaces a directory by a file', ['d/x'], ['d'], ['d']],
    ['replaces a file by a directory', ['d'], ['d/', 'd/x'], ['d/', 'd/x']],
    ['replaces a file that is in the way of a parent', ['d'], ['d/x'], ['d/', 'd/x']],
    [
      'replaces a link by a directory',
      ['usr/lib/a', 'lib -> usr/lib'],
      ['lib/', 'lib/b'],
      ['lib/', 'lib/b', 'usr/', 'usr/lib/', 'usr/lib/a'],
    ],
    ['takes the last of two entries', [], ['a', 'a -> b'], ['a -> b']],
  ])('%s', (_name, base, layer, expected) => {
    expect(list(apply(base, layer))).toEqual(expected);
  });

  it.each<[string, string[], string[], string[]]>([
    ['a relative one', ['usr/lib/', 'lib -> usr/lib'], ['lib/a'], ['lib -> usr/lib', 'usr/', 'usr/lib/', 'usr/lib/a']],
    ['an absolute one', ['usr/', 'lib -> /usr'], ['lib/a'], ['lib -> /usr', 'usr/', 'usr/a']],
    ['one that climbs', ['a/b/', 'a/l -> ../../../c'], ['a/l/x'], ['a/', 'a/b/', 'a/l -> ../../../c', 'c/', 'c/x']],
    ['two in turn', ['d/', 'm -> d', 'l -> /m'], ['l/x'], ['d/', 'd/x', 'l -> /m', 'm -> d']],
    ['one that leads nowhere yet', ['l -> d/e'], ['l/x'], ['d/', 'd/e/', 'd/e/x', 'l -> d/e']],
    ['one of the same layer', [], ['l -> /etc', 'l/x'], ['etc/', 'etc/x', 'l -> /etc']],
    ['one above a whiteout', ['d/x', 'd/y', 'l -> d'], ['!l/x'], ['d/', 'd/y', 'l -> d']],
    ['one that is opaque', ['d/x', 'l -> d'], ['!!l'], ['d/', 'l -> d']],
    ['itself', ['l -> .'], ['l/x'], ['l -> .', 'x']],
    [
      'one that took the place of a directory half-way',
      ['l -> .'],
      ['p/x', 'l/p -> q', 'p/z'],
      ['l -> .', 'p -> q', 'q/', 'q/z'],
    ],
    ['one that is replaced half-way', ['l -> .'], ['l/l', 'l/x'], ['l/', 'l/x']],
  ])('follows a parent that is a link: %s', (_name, base, layer, expected) => {
    expect(list(apply(base, layer))).toEqual(expected);
  });

  it('removes nothing behind a link that the layer replaces', () => {
    const base = ['usr/lib/a', 'lib -> usr/lib'];
    expect(list(apply(base, ['lib/', '!lib/a']))).toEqual(['lib/', 'usr/', 'usr/lib/', 'usr/lib/a']);
    expect(list(apply(base, ['lib/', '!!lib']))).toEqual(['lib/', 'usr/', 'usr/lib/', 'usr/lib/a']);
  });

  it('fails on links that lead in a circle', () => {
    expect(() => apply(['a -> b', 'b -> a'], ['a/x'])).toThrowError(
      expect.objectContaining({ code: 'layer-link-loop' }),
    );
  });

  it('fails on a link whose target no path can hold', () => {
    expect(() => apply([`l -> ${'d/'.repeat(40_000)}`], ['l/x'])).toThrowError(
      expect.objectContaining({ code: 'layer-name-invalid' }),
    );
  });

  it('fails on a link to a name that no file can have', () => {
    expect(() => apply([`l -> ${'n'.repeat(300)}`], ['l/x'])).toThrowError(
      expect.objectContaining({ code: 'layer-name-invalid' }),
    );
  });

  it.each<[string, string[], string[]]>([
    ['a file of the same layer', [], ['a', 'h = a']],
    ['a file that comes later', [], ['h = a', 'a']],
    ['a link that comes later', [], ['h = g', 'g = a', 'a']],
    ['a file of a lower layer', ['a'], ['h = a']],
    ['a file of a lower layer, through a link', ['d/a', 'l -> d'], ['h = l/a', '!a', 'a = d/a']],
    ['a file that the layer removes', ['a'], ['h = a', '!a', 'a = h']],
  ])('joins a hard link to %s', (_name, base, layer) => {
    const tree = apply(base, layer);
    expect(tree.lookup(at('h'))).toBeDefined();
    expect(tree.lookup(at('h'))).toBe(tree.lookup(at('a')));
  });

  it('joins a long chain of hard links in the worst order at once', () => {
    const layer = Array.from({ length: 20_000 }, (_, index) => `h${index} = h${index + 1}`);
    const tree = apply([], [...layer, 'h20000']);
    expect(new Set(tree.root.children.values()).size).toBe(1);
  });

  it('joins a hard link to a symbolic link itself', () => {
    const tree = apply(['l -> a', 'a'], ['h = l']);
    expect(tree.lookup(at('h'))).toMatchObject({ kind: 'symlink', target: 'a' });
  });

  it.each([
    ['layer-link-missing', ['h = nowhere']],
    ['layer-link-missing', ['h = h']],
    ['layer-link-directory', ['d/', 'h = d']],
    ['layer-link-directory', ['h = ']],
  ])('fails with %s on %j', (code, layer) => {
    expect(() => apply(layer)).toThrowError(expect.objectContaining({ name: 'PlinthError', code }));
  });

  it('leaves the base as it is and shares what did not change', () => {
    const base = apply(['same/deep/a', 'changed/b', 'c']);
    const before = list(base);
    const after = applyLayer(base, ['changed/new', 'changed/', 'same/', 'same/deep/', '!c'].map(entry));
    expect(list(base)).toEqual(before);
    expect(after.lookup(at('same'))).toBe(base.lookup(at('same')));
    expect(after.lookup(at('changed/b'))).toBe(base.lookup(at('changed/b')));
  });

  it('takes the attributes of a directory, not the children its record carries', () => {
    const [a] = apply(['d/a']).root.children.values();
    if (a?.kind !== 'directory') throw new Error('not a directory');
    const tree = applyLayer(new Tree(), [{ kind: 'node', path: at('d'), node: { ...a, mode: 0o700 } }]);
    expect(list(tree)).toEqual(['d/']);
    expect(tree.lookup(at('d'))?.mode).toBe(0o700);
  });

  it('sets the attributes of the root', () => {
    const root: Node = { kind: 'directory', ...ATTRIBUTES, mode: 0o1777, children: NO_CHILDREN };
    const tree = applyLayer(apply(['a']), [{ kind: 'node', path: at(''), node: root }]);
    expect(tree.root.mode).toBe(0o1777);
    expect(list(tree)).toEqual(['a']);
  });
});

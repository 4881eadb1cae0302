import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeTarHeader, scanTar, TAR_END, type TarHeader } from '../../src/archive/index.ts';
import type { ByteString } from '../../src/bytes/index.ts';
import { materialise, readTree, removeTree } from '../../src/host/index.ts';
import {
  applyLayer,
  compareTrees,
  diffTrees,
  memoryContent,
  NO_XATTRS,
  readLayer,
  Tree,
  writeTreeTar,
} from '../../src/tree/index.ts';
import { treeArbitrary } from '../support/random-tree.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plinth-layers-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('writeTreeTar', () => {
  it('makes tars that GNU tar unpacks to the same tree', () => {
    fc.assert(
      fc.property(treeArbitrary, (tree) => {
        const target = join(directory, 'target');
        mkdirSync(target);
        try {
          const chunks: Buffer[] = [];
          writeTreeTar(tree, (chunk) => chunks.push(Buffer.from(chunk)));
          const options = ['--xattrs', '--xattrs-include=*', '--numeric-owner', '--same-owner', '--warning=none'];
          execFileSync('tar', ['-xpf', '-', '-C', target, ...options], { input: Buffer.concat(chunks) });
          expect(compareTrees(tree, readTree(target, { xattrs: true }))).toEqual([]);
        } finally {
          removeTree(target);
        }
      }),
      { numRuns: 40 },
    );
  });
});

/** An entry that tries to reach the file at `outside`, by its absolute path or from the directory above the root. */
type Attack = (outside: string) => Partial<TarHeader>[];

const link = (path: string, linkTarget: string): Partial<TarHeader> => ({
  kind: 'symlink',
  path: path as ByteString,
  linkTarget: linkTarget as ByteString,
  mode: 0o777,
});
const hardlink = (path: string, linkTarget: string): Partial<TarHeader> => ({
  ...link(path, linkTarget),
  kind: 'hardlink',
});
const file = (path: string): Partial<TarHeader> => ({ path: path as ByteString });
const folder = (path: string): Partial<TarHeader> => ({ kind: 'directory', path: path as ByteString, mode: 0o777 });

describe('a hostile layer', () => {
  const attacks: [string, Attack][] = [
    ['an absolute name', (outside) => [file(`${outside}/secret`)]],
    ['a name that climbs', () => [file('../outside/secret')]],
    ['a name that climbs from below', () => [folder('d/'), file('d/../../outside/secret')]],
    ['an absolute link as parent', (outside) => [link('l', outside), file('l/secret')]],
    ['a climbing link as parent', () => [link('l', '../outside'), file('l/secret')]],
    ['links in a chain as parents', (outside) => [link('m', outside), link('l', 'm'), file('l/secret')]],
    ['a link that takes the place of a directory', (outside) => [folder('d/'), link('d', outside), file('d/secret')]],
    ['a directory over a link', (outside) => [link('d', outside), folder('d/'), file('d/secret')]],
    ['a link at the name itself', (outside) => [link('secret', `${outside}/secret`), file('secret')]],
    ['a hard link out, absolute', (outside) => [hardlink('h', `${outside}/secret`), file('h')]],
    ['a hard link out, climbing', () => [hardlink('h', '../outside/secret'), file('h')]],
    ['a hard link through a link', (outside) => [link('l', outside), hardlink('h', 'l/secret'), file('h')]],
    ['a whiteout of the root', () => [file('.wh.')]],
    ['a whiteout of the directory above', () => [file('.wh...')]],
    ['a whiteout that climbs', () => [file('../outside/.wh.secret')]],
    ['a whiteout through a link', (outside) => [link('l', outside), file('l/.wh.secret')]],
    ['an opaque link', (outside) => [link('l', outside), file('l/.wh..wh..opq')]],
    ['an AUFS record that climbs', () => [file('.wh..wh.plnk/../../outside/secret')]],
    ['a root that is a link', (outside) => [link('.', outside), file('secret')]],
    ['a root that is a link of another spelling', (outside) => [link('a/..', outside), file('secret')]],
  ];

  it.each(attacks)('touches nothing outside: %s', (_name, attack) => {
    const [root, outside] = [join(directory, 'root'), join(directory, 'outside')];
    mkdirSync(outside);
    writeFileSync(join(outside, 'secret'), 'untouched', { mode: 0o600 });
    const before = readTree(outside);
    const tar = memoryContent(Buffer.concat([...attack(outside).map(encodeEntry), TAR_END]));
    let tree: Tree | undefined;
    try {
      const entries = readLayer(scanTar(tar), tar);
      tree = applyLayer(new Tree(), entries);
      materialise(entries, root, { owners: 'keep', overlay: 'trusted' });
      removeTree(root);
    } catch (error) {
      expect(error).toMatchObject({ name: 'PlinthError', code: expect.stringMatching(/^layer-/) });
    }
    if (tree !== undefined) {
      materialise(tree, root, { owners: 'keep' });
      materialise(diffTrees(new Tree(), tree), `${root}-layer`, { owners: 'keep', overlay: 'user' });
      expect(compareTrees(tree, readTree(root))).toEqual([]);
    }
    expect(compareTrees(before, readTree(outside))).toEqual([]);
  });
});

function encodeEntry(fields: Partial<TarHeader>): Buffer {
  return encodeTarHeader({
    path: '' as ByteString,
    kind: 'file',
    mode: 0o666,
    uid: 0,
    gid: 0,
    mtimeNs: 0n,
    linkTarget: '' as ByteString,
    major: 0,
    minor: 0,
    xattrs: NO_XATTRS,
    sizeBytes: 0,
    ...fields,
  });
}

describe('without root', () => {
  const modules = ['host', 'tree'].map((room) => new URL(`../../src/${room}/index.ts`, import.meta.url).href);
  /** What an ordinary user does; prints what came of it. */
  const script = `
    import { materialise, readTree } from ${JSON.stringify(modules[0])};
    import { memoryContent, mustTreePath, NO_XATTRS, TreeEditor } from ${JSON.stringify(modules[1])};
    const [target, kind, owners, skip] = process.argv.slice(1);
    const attributes = { mode: 0o555, uid: 0, gid: 0, mtimeNs: 5n, xattrs: NO_XATTRS };
    const nodes = {
      owner: { kind: 'file', ...attributes, uid: 4321, content: memoryContent('x') },
      device: { kind: 'character', ...attributes, major: 1, minor: 3 },
      xattr: { kind: 'file', ...attributes, xattrs: new Map([['trusted.x', Buffer.from('v')]]), content: memoryContent('x') },
    };
    const editor = new TreeEditor();
    editor.put(mustTreePath('d/f'), nodes[kind]);
    editor.put(mustTreePath('d/g'), nodes[kind]);
    editor.put(mustTreePath('d'), { kind: 'directory', ...attributes, children: new Map() });
    const denied = [];
    try {
      const onDenied = skip ? (path, error) => denied.push(path + ' ' + error.code) : undefined;
      const layer = [{ kind: 'whiteout', path: mustTreePath('gone') }, ...layerOf(editor.finish())];
      materialise(layer, target, { owners, overlay: 'user', ...(onDenied && { onDenied }) });
      console.log([...denied, ...[...readTree(target).walk()].map(({ path, node }) => path + ' ' + node.kind)].join(', '));
    } catch (error) {
      console.log(error.code);
    }
    function layerOf(tree) {
      return [...tree.walk()].map(({ path, node }) => ({ kind: 'node', path, node }));
    }`;

  it.each<[string, string[], string]>([
    ['an owner that is not mapped', ['owner', 'keep'], 'host-owner-denied'],
    ['no owner', ['owner', 'squash'], 'd directory, d/f file, d/g file, gone character'],
    ['a device', ['device', 'keep'], 'host-device-denied'],
    [
      'no device',
      ['device', 'keep', 'skip'],
      'd/f host-device-denied, d/g host-device-denied, d directory, gone character',
    ],
    ['a privileged attribute', ['xattr', 'keep'], 'host-xattr-denied'],
    [
      'no privileged attribute',
      ['xattr', 'keep', 'skip'],
      'd/f host-xattr-denied, d directory, d/f file, d/g file, gone character',
    ],
  ])('in a user namespace a tree with %s', (_name, args, expected) => {
    const node = ['--input-type=module', '--eval', script, '--', join(directory, 'target'), ...args];
    const result = spawnSync('unshare', ['--user', '--map-root-user', process.execPath, ...node], { encoding: 'utf8' });
    expect(result.stderr.replace(/.*Warning.*\n?/g, '')).toBe('');
    expect(result.stdout.trim()).toBe(expected);
  });
});

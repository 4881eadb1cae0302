import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ByteString } from '../../src/bytes/index.ts';
import { lgetxattrs, lsetxattr, materialise, materialisePaced, readTree, removeTree } from '../../src/host/index.ts';
import {
  compareTrees,
  diffTrees,
  type FileNode,
  isOverlayXattr,
  type LayerEntry,
  memoryContent,
  mustTreePath,
  NO_XATTRS,
  type Node,
  Tree,
  TreeEditor,
} from '../../src/tree/index.ts';
import { treeArbitrary, treePairArbitrary } from '../support/random-tree.ts';

const ATTRIBUTES = { mode: 0o755, uid: 0, gid: 0, mtimeNs: 0n, xattrs: NO_XATTRS };

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plinth-host-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

function treeOf(nodes: Readonly<Record<string, Node>>): Tree {
  const editor = new TreeEditor();
  for (const [path, node] of Object.entries(nodes)) editor.put(mustTreePath(path as ByteString), node);
  return editor.finish();
}

describe('materialise', () => {
  it('makes trees that read back equal in every attribute', () => {
    fc.assert(
      fc.property(treeArbitrary, (tree) => {
        const target = join(directory, 'tree');
        try {
          materialise(tree, target, { owners: 'keep' });
          expect(compareTrees(tree, readTree(target, { xattrs: true }))).toEqual([]);
        } finally {
          removeTree(target);
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each([0o000, 0o022, 0o077, 0o777])('makes the modes asked for under umask %o', (umask) => {
    const modes = [0o000, 0o644, 0o666, 0o777, 0o4755, 0o2775, 0o6711];
    const entries = modes.flatMap((mode): [string, Node][] => [
      [`file-${mode}`, { kind: 'file', ...ATTRIBUTES, mode, uid: mode % 3, content: memoryContent('x') }],
      [`fifo-${mode}`, { kind: 'fifo', ...ATTRIBUTES, mode }],
      [`directory-${mode}/file`, { kind: 'file', ...ATTRIBUTES, content: memoryContent('y') }],
      [`directory-${mode}`, { kind: 'directory', ...ATTRIBUTES, mode, gid: mode % 2, children: new Map() }],
    ]);
    const tree = treeOf(Object.fromEntries(entries));
    const before = process.umask(umask);
    try {
      materialise(tree, join(directory, 'tree'), { owners: 'keep' });
    } finally {
      process.umask(before);
    }
    expect(compareTrees(tree, readTree(join(directory, 'tree')))).toEqual([]);
  });

  it('does not hand on the group of a setgid directory it fills', () => {
    const target = join(directory, 'tree');
    mkdirSync(target);
    execFileSync('chgrp', ['1234', target]);
    execFileSync('chmod', ['2755', target]);
    const tree = treeOf({ 'd/f': { kind: 'file', ...ATTRIBUTES, content: memoryContent('') } });
    materialise(tree, target, { owners: 'keep' });
    expect(compareTrees(tree, readTree(target))).toEqual([]);
  });

  it('keeps holes', () => {
    const path = join(directory, 'sparse');
    const fd = openSync(path, 'w');
    writeSync(fd, 'data', 5_000_000);
    closeSync(fd);
    truncateSync(path, 20_000_000);
    const read = readTree(directory, { holes: true });
    expect((read.root.children.get('sparse' as ByteString) as FileNode).content.extents).toHaveLength(1);
    const target = join(directory, 'copy');
    materialise(read, target, { owners: 'keep' });
    expect(lstatSync(join(target, 'sparse')).blocks * 512).toBeLessThan(100_000);
    expect(execFileSync('cmp', [path, join(target, 'sparse')]).toString()).toBe('');
  });

  it('squashes owners', () => {
    const tree = treeOf({ 'd/f': { kind: 'file', ...ATTRIBUTES, uid: 5, gid: 6, content: memoryContent('') } });
    materialise(tree, join(directory, 'tree'), { owners: 'squash' });
    expect(lstatSync(join(directory, 'tree/d/f'))).toMatchObject({ uid: 0, gid: 0 });
  });

  it('keeps a capability, which a later change of owner or content would clear', () => {
    const capability = Buffer.from('0000000200200000000000000000000000000000', 'hex');
    const xattrs = new Map([['security.capability' as ByteString, capability]]);
    const node: Node = { kind: 'file', ...ATTRIBUTES, uid: 7, xattrs, content: memoryContent('x') };
    materialise(treeOf({ f: node }), join(directory, 'tree'), { owners: 'keep' });
    expect(lgetxattrs(join(directory, 'tree/f') as ByteString)).toEqual(xattrs);
  });

  it('refuses a directory that holds something', () => {
    writeFileSync(join(directory, 'f'), '');
    expect(() => materialise(new Tree(), directory, { owners: 'keep' })).toThrowError(
      expect.objectContaining({ code: 'host-not-empty' }),
    );
  });

  it('writes through no link, even where a tree has names below one', () => {
    const outside = join(directory, 'outside');
    mkdirSync(outside);
    const link: Node = { kind: 'symlink', ...ATTRIBUTES, mode: 0o777, target: outside as ByteString };
    const file: Node = { kind: 'file', ...ATTRIBUTES, content: memoryContent('x') };
    const layer: LayerEntry[] = [
      { kind: 'node', path: mustTreePath('l' as ByteString), node: link },
      { kind: 'node', path: mustTreePath('l/f' as ByteString), node: file },
    ];
    materialise(layer, join(directory, 'tree'), { owners: 'keep', overlay: 'trusted' });
    expect(readdirSync(outside)).toEqual([]);
    expect(readdirSync(join(directory, 'tree'))).toContain('l');
  });

  it('stops when its signal does, between two steps', async () => {
    const file: Node = { kind: 'file', ...ATTRIBUTES, content: memoryContent('x') };
    const tree = treeOf(Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`d/${index}`, { ...file }])));
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('enough')), 10);
    const made = materialisePaced(tree, join(directory, 'tree'), { owners: 'keep', signal: controller.signal });
    await expect(made).rejects.toThrowError('enough');
    expect(readdirSync(join(directory, 'tree/d')).length).toBeLessThan(20_000);
  });

  it('drops the records of overlayfs from what becomes a lower directory, and only then', () => {
    const xattrs = new Map([['trusted.overlay.redirect' as ByteString, Buffer.from('/etc')]]);
    const tree = treeOf({ d: { kind: 'directory', ...ATTRIBUTES, xattrs, children: new Map() } });
    materialise(tree, join(directory, 'lower'), { owners: 'keep', overlay: 'trusted' });
    materialise(tree, join(directory, 'plain'), { owners: 'keep' });
    expect([...lgetxattrs(join(directory, 'lower/d') as ByteString).keys()].filter(isOverlayXattr)).toEqual([]);
    expect(lgetxattrs(join(directory, 'plain/d') as ByteString).size).toBe(1);
  });

  it('makes lower directories that the kernel merges into the upper tree', () => {
    fc.assert(
      fc.property(treePairArbitrary, ([lower, upper]) => {
        const paths = ['lower', 'layer', 'merged'].map((name) => join(directory, name));
        const [lowerPath = '', layerPath = '', mergedPath = ''] = paths;
        mkdirSync(mergedPath);
        try {
          materialise(lower, lowerPath, { owners: 'keep', overlay: 'trusted' });
          const root: LayerEntry = { kind: 'node', path: mustTreePath('' as ByteString), node: upper.root };
          materialise([root, ...diffTrees(lower, upper)], layerPath, { owners: 'keep', overlay: 'trusted' });
          const options = `lowerdir=${layerPath}:${lowerPath}`;
          execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', options, mergedPath]);
          try {
            expect(compareTrees(upper, readTree(mergedPath, { xattrs: true }))).toEqual([]);
          } finally {
            execFileSync('umount', [mergedPath]);
          }
        } finally {
          for (const path of paths) removeTree(path);
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('readTree', () => {
  it('keeps only portable extended attributes', () => {
    const path = join(directory, 'f');
    writeFileSync(path, '');
    lsetxattr(path as ByteString, 'security.note' as ByteString, Buffer.from('host'));
    lsetxattr(path as ByteString, 'user.note' as ByteString, Buffer.from('mine'));
    const { xattrs } = readTree(directory, { xattrs: true }).root.children.get('f' as ByteString) ?? {};
    expect(xattrs).toEqual(new Map([['user.note', Buffer.from('mine')]]));
  });

  it('reads on into another file system mounted inside', () => {
    mkdirSync(join(directory, 'm'));
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(directory, 'm')]);
    try {
      writeFileSync(join(directory, 'm/f'), '');
      expect([...readTree(directory).walk()].map(({ path }) => path)).toEqual(['m', 'm/f']);
    } finally {
      execFileSync('umount', [join(directory, 'm')]);
    }
  });
});

describe('removeTree', () => {
  it('does not follow links', () => {
    const outside = join(directory, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'keep'), '');
    const doomed = join(directory, 'doomed');
    mkdirSync(doomed);
    symlinkSync(outside, join(doomed, 'l'));
    removeTree(doomed);
    expect(existsSync(doomed)).toBe(false);
    expect(readdirSync(outside)).toEqual(['keep']);
    symlinkSync(outside, doomed);
    removeTree(doomed);
    expect(readdirSync(outside)).toEqual(['keep']);
  });

  it.each([
    ['another file system', ['-t', 'tmpfs', 'tmpfs']],
    ['a directory of the same one', ['--bind', '/usr']],
  ])('refuses to remove what %s is mounted in', (_name, source) => {
    const mountPoint = join(directory, 'd/m');
    mkdirSync(mountPoint, { recursive: true });
    const bound = join(directory, 'bound');
    mkdirSync(bound);
    const args = source.map((argument) => (argument === '/usr' ? bound : argument));
    execFileSync('mount', [...args, mountPoint]);
    try {
      expect(() => removeTree(join(directory, 'd'))).toThrowError(
        expect.objectContaining({ code: 'host-mount-inside' }),
      );
    } finally {
      execFileSync('umount', [mountPoint]);
    }
    removeTree(join(directory, 'd'));
    expect(existsSync(join(directory, 'd'))).toBe(false);
  });
});

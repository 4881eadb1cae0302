import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scanTar } from '../../src/archive/index.ts';
import type { ByteString } from '../../src/bytes/index.ts';
import { fileSource, lsetxattr, makeNode, readTree, utimensNs } from '../../src/host/index.ts';
import {
  applyLayer,
  compareTrees,
  diffTrees,
  readLayer,
  Tree,
  TreeEditor,
  writeLayerTar,
  writeTreeTar,
} from '../../src/tree/index.ts';

let directory: string;
let root: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plinth-layers-'));
  root = join(directory, 'root');
  mkdirSync(root);
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** Every kind of file that an ordinary user can make, with times that `stepNs` divides. */
function fillRoot(stepNs: bigint): void {
  const at = (name: string): string => join(root, name);
  mkdirSync(at('usr/lib'), { recursive: true });
  mkdirSync(at('empty'));
  writeFileSync(at('usr/lib/text'), 'hello\n');
  writeFileSync(at('usr/lib/empty'), '');
  writeFileSync(at('large'), Buffer.alloc(3_000_001, 'large '));
  writeFileSync(at(`name-${'n'.repeat(180)}`), 'long name');
  writeFileSync(Buffer.from(`${root}/caf\xe9`, 'latin1'), 'not UTF-8');
  linkSync(at('usr/lib/text'), at('again'));
  symlinkSync('usr/lib', at('lib'));
  symlinkSync(`/${'t'.repeat(150)}`, at('long-link'));
  makeNode(at('pipe') as ByteString, { kind: 'fifo', mode: 0o600, major: 0, minor: 0 });
  chmodSync(at('large'), 0o4750);
  chmodSync(at('empty'), 0o1777);
  // The directories last, for what is made in them changes their times.
  const paths = ['', ...[...readTree(root).walk()].map(({ path }) => path)].reverse();
  for (const [index, path] of paths.entries()) {
    const seconds = 1_600_000_000_000_000_000n + BigInt(index) * 1_000_000_007n;
    utimensNs(`${root}/${path}` as ByteString, seconds - (seconds % stepNs));
  }
}

function readTar(path: string, use: (tree: Tree) => void): void {
  using source = fileSource(path);
  use(applyLayer(new Tree(), readLayer(scanTar(source), source)));
}

function tar(...args: readonly string[]): void {
  execFileSync('tar', args, { stdio: ['ignore', 'pipe', 'pipe'] });
}

describe('a tar made by GNU tar', () => {
  const archive = (): string => join(directory, 'layer.tar');

  it.each([
    ['gnu', ['--format=gnu'], 1_000_000_000n],
    ['gnu, from a list of names', ['--format=gnu', '--transform=s,^./,,'], 1_000_000_000n],
    ['gnu, with absolute names', ['--format=gnu', '-P', '--transform=s,^\\.,/,'], 1_000_000_000n],
    ['pax', ['--format=pax'], 1n],
    ['pax, with extended attributes', ['--format=pax', '--xattrs'], 1n],
  ])('is read as the tree it was made from: %s', (name, options, stepNs) => {
    fillRoot(stepNs);
    if (name.includes('extended')) {
      lsetxattr(join(root, 'large') as ByteString, 'user.note' as ByteString, Buffer.from('a\0b=c\n'));
      lsetxattr(join(root, 'empty') as ByteString, 'user.note' as ByteString, Buffer.alloc(0));
    }
    tar('-cf', archive(), '-C', root, ...options, '.');
    readTar(archive(), (tree) => expect(compareTrees(readTree(root, { xattrs: true }), tree)).toEqual([]));
  });

  it.each(['gnu', 'pax'])('is read with its holes: %s', (format) => {
    writeFileSync(join(root, 'sparse'), 'begin');
    truncateSync(join(root, 'sparse'), 50_000_000);
    writeFileSync(join(root, 'sparse'), 'middle', { flag: 'r+' });
    utimensNs(join(root, 'sparse') as ByteString, 0n);
    utimensNs(root as ByteString, 0n);
    tar('-cSf', archive(), `--format=${format}`, '-C', root, '.');
    expect(readFileSync(archive()).length).toBeLessThan(100_000);
    readTar(archive(), (tree) => expect(compareTrees(readTree(root), tree)).toEqual([]));
  });

  it('that was updated holds the file twice, and the last one counts', () => {
    writeFileSync(join(root, 'f'), 'old');
    tar('-cf', archive(), '-C', root, './f');
    writeFileSync(join(root, 'f'), 'newer');
    tar('-rf', archive(), '-C', root, './f');
    readTar(archive(), (tree) =>
      expect([...tree.walk()].map(({ node }) => node)).toMatchObject([{ content: { sizeBytes: 5 } }]),
    );
  });
});

describe('our tar', () => {
  it('is unpacked by GNU tar as the tree it was made from', () => {
    fillRoot(1n);
    lsetxattr(join(root, 'large') as ByteString, 'user.note' as ByteString, Buffer.from('a\0b=c\n'));
    const chunks: Buffer[] = [];
    writeTreeTar(readTree(root, { xattrs: true }), (chunk) => chunks.push(Buffer.from(chunk)));
    writeFileSync(join(directory, 'ours.tar'), Buffer.concat(chunks));
    const target = join(directory, 'target');
    mkdirSync(target);
    tar('-xpf', join(directory, 'ours.tar'), '-C', target, '--xattrs', '--xattrs-include=*');
    expect(compareTrees(readTree(root, { xattrs: true }), readTree(target, { xattrs: true }))).toEqual([]);
  });
});

describe('our layers', () => {
  it('are unpacked by umoci as the trees they were made from', () => {
    fillRoot(1n);
    const lower = readTree(root);
    const editor = new TreeEditor(lower);
    for (const { path, node } of [...lower.walk()]) {
      if (path === 'usr/lib/empty' || path === 'lib') editor.remove(path);
      if (path === 'empty') editor.put(path, { ...node, kind: 'fifo', mode: 0o640 });
      if (path === 'usr') editor.put(path, { ...node, mode: 0o700 } as typeof node);
    }
    const upper = editor.finish();
    const image = join(directory, 'image');
    umoci('init', '--layout', image);
    umoci('new', '--image', `${image}:test`);
    for (const [index, entries] of [diffTrees(new Tree(), lower), diffTrees(lower, upper)].entries()) {
      const path = join(directory, `layer-${index}.tar`);
      writeFileSync(path, tarOf(entries));
      umoci('raw', 'add-layer', '--image', `${image}:test`, path);
    }
    umoci('unpack', ...rootless(), '--image', `${image}:test`, join(directory, 'bundle'));
    expect(readdirSync(join(directory, 'bundle'))).toContain('rootfs');
    expect(compareTrees(upper, readTree(join(directory, 'bundle/rootfs')))).toEqual([]);
  });
});

function umoci(...args: readonly string[]): void {
  execFileSync('umoci', args, { stdio: ['ignore', 'pipe', 'pipe'] });
}

function rootless(): string[] {
  return process.getuid?.() === 0 ? [] : ['--rootless'];
}

function tarOf(entries: Parameters<typeof writeLayerTar>[0]): Buffer {
  const chunks: Buffer[] = [];
  writeLayerTar(entries, (chunk) => chunks.push(Buffer.from(chunk)));
  return Buffer.concat(chunks);
}

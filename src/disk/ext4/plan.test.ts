import { describe, expect, it } from 'vitest';
import {
  aclAttribute,
  directory,
  file,
  link,
  manyFiles,
  sparseFile,
  tree,
  xattrs,
} from '../../../test/support/ext4-trees.ts';
import { PlinthError } from '../../errors/index.ts';
import { type Node, Tree } from '../../tree/index.ts';
import { inodePath } from './inode.ts';
import { type Ext4Options, type Ext4Plan, planExt4 } from './plan.ts';

const MIB = 2 ** 20;

/** Who has which blocks, for people. */
function describePlan({ layout }: Ext4Plan): string[] {
  const describeRuns = (runs: readonly { start: number; length: number }[]): string =>
    runs.map(({ start, length }) => (length === 1 ? `${start}` : `${start}-${start + length - 1}`)).join(' ');
  const inodes = layout.inodes.map((inode, i) => {
    const { runs = [], tree: blocks = [], xattrBlock = 0 } = layout.placements.inodes[i] ?? {};
    const parts = [`${inode.number} ${inodePath(inode)} links ${inode.links}:`, describeRuns(runs)];
    if (blocks.length > 0) parts.push(`tree ${blocks.join(' ')}`);
    if (xattrBlock > 0) parts.push(`xattrs ${xattrBlock}`);
    return parts.join(' ').trim();
  });
  return [`journal: ${describeRuns(layout.placements.journal.runs)}`, ...inodes];
}

function example(): Tree {
  const shared = file(Buffer.alloc(10_000));
  return tree({
    b: directory({ hard: shared, link: link('x'.repeat(100)) }),
    a: shared,
    'a.txt': file('text', { xattrs: xattrs({ 'user.large': 'v'.repeat(1000) }) }),
    sparse: sparseFile(5, 100_000, 4096),
    z: directory({ fifo: { ...file(), kind: 'fifo' } as Node }),
  });
}

describe('planExt4', () => {
  it('numbers nodes by name and places directories, the journal, files and extent trees', () => {
    const plan = planExt4(example(), { size: { totalBytes: 16 * MIB } });
    expect(describePlan(plan)).toEqual([
      'journal: 64-1087',
      '2 / links 5: 55',
      '11 /lost+found links 2: 56-59',
      '12 /a links 2: 1088-1090',
      '13 /a.txt links 1: 1091 xattrs 60',
      '14 /b links 2: 61',
      '15 /b/link links 1: 62',
      '16 /sparse links 1: 1092 1093-1094 1095-1096 1097-1098 1099-1100 tree 1101',
      '17 /z links 2: 63',
      '18 /z/fifo links 1:',
    ]);
    expect(plan).toMatchObject({ sizeBytes: 16 * MIB, freeBytes: 11_931_648, freeInodes: 766, journalBytes: 4 * MIB });
  });

  it('does not depend on the order of names', () => {
    const reversed = (node: Node): Node =>
      node.kind === 'directory'
        ? { ...node, children: new Map([...node.children].reverse().map(([name, child]) => [name, reversed(child)])) }
        : node;
    const made = example();
    const other = new Tree(reversed(made.root) as typeof made.root);
    expect(planExt4(other).uuid).toBe(planExt4(made).uuid);
    expect(describePlan(planExt4(other))).toEqual(describePlan(planExt4(made)));
  });

  it.each<[string, Tree, Ext4Options]>([
    ['a name', tree({ b: file('x') }), {}],
    ['a mode', tree({ a: file('x', { mode: 0o600 }) }), {}],
    ['a time', tree({ a: file('x', { mtimeNs: 1n }) }), {}],
    ['a size', tree({ a: file('xy') }), {}],
    ['an attribute', tree({ a: file('x', { xattrs: xattrs({ 'user.a': '1' }) }) }), {}],
    ['the identity given', tree({ a: file('x') }), { identity: 'sha256:1' }],
    ['the label', tree({ a: file('x') }), { label: 'other' }],
    ['the size of the disk', tree({ a: file('x') }), { size: { totalBytes: 64 * MIB } }],
  ])('gives another UUID for another tree: %s', (_, other, options) => {
    const [one, two] = [planExt4(tree({ a: file('x') })), planExt4(other, options)];
    expect(one.uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(two.uuid).not.toBe(one.uuid);
  });

  it('takes the time of the disk from the newest node, or as given', () => {
    const made = tree({ a: file('', { mtimeNs: 1_800_000_000_999_999_999n }) });
    expect(planExt4(made).layout.epochSeconds).toBe(1_800_000_000);
    expect(planExt4(made, { epochSeconds: 5 }).layout.epochSeconds).toBe(5);
  });

  it('leaves exactly the free space asked for', () => {
    for (const freeBytes of [0, 4096, 5000, MIB, 130 * MIB, 1000 * MIB]) {
      expect(planExt4(example(), { size: { freeBytes } }).freeBytes).toBe(Math.ceil(freeBytes / 4096) * 4096);
    }
  });

  it('makes a tiny disk for a tiny tree', () => {
    expect(planExt4(tree(), { size: { freeBytes: 0 }, freeInodes: 0 }).sizeBytes).toBe(11 * 4096);
  });

  it('puts a directory that stands in two places in both', () => {
    const shared = directory({ inside: file('x') });
    const numbers = planExt4(tree({ a: shared, b: shared })).layout.inodes.map(inodePath);
    expect(numbers).toEqual(['/', '/lost+found', '/a', '/a/inside', '/b']);
  });
});

const long = 'n'.repeat(256);
const fileOf = (sizeBytes: number): Node => ({ ...file(), content: { sizeBytes, read: () => 0 } }) as Node;
const device = (major: number, minor: number): Node => ({ ...file(), kind: 'block', major, minor }) as Node;
const withXattrs = (values: Parameters<typeof xattrs>[0]): Node => file('', { xattrs: xattrs(values) });

describe('planExt4 refuses', () => {
  it.each<[string, string, () => Tree, Ext4Options?]>([
    ['ext4-name-too-long', `/d/${long}: a name of 256 bytes`, () => tree({ d: directory({ [long]: file() }) })],
    ['ext4-too-many-links', '/d/0: more than 65000 hard links', () => tree({ d: manyLinks(65_001) })],
    ['ext4-file-too-large', '/f: 17592186044416 bytes', () => tree({ f: fileOf(2 ** 44) })],
    ['ext4-link-target', '/l: a link target of 0 bytes', () => tree({ l: link('') })],
    ['ext4-link-target', '/l: a link target of 4096 bytes', () => tree({ l: link('x'.repeat(4096)) })],
    ['ext4-link-target', '/l: a link target of 3 bytes', () => tree({ l: link('a\0b') })],
    ['ext4-device-number', '/d: device 4096:0', () => tree({ d: device(4096, 0) })],
    ['ext4-device-number', '/d: device 1:1048576', () => tree({ d: device(1, 2 ** 20) })],
    ['ext4-owner-range', '/f: owner 4294967296:0', () => tree({ f: file('', { uid: 2 ** 32 }) })],
    ['ext4-owner-range', '/f: mode 10000', () => tree({ f: file('', { mode: 0o10000 }) })],
    ['ext4-time-range', '/f: modification time', () => tree({ f: file('', { mtimeNs: -(2n ** 62n) }) })],
    ['ext4-lost-found', '/lost+found: a file', () => tree({ 'lost+found': file() })],
    [
      'ext4-xattr-too-large',
      '/f: attribute user.b: a value of 4100',
      () => tree({ f: withXattrs({ 'user.b': 'v'.repeat(4100) }) }),
    ],
    ['ext4-xattr-name', '/f: attribute system.other', () => tree({ f: withXattrs({ 'system.other': '' }) })],
    ['ext4-xattr-name', '/f: attribute user.:', () => tree({ f: withXattrs({ 'user.': '' }) })],
    [
      'ext4-acl-invalid',
      '/f: attribute system.posix_acl_access',
      () => tree({ f: withXattrs({ 'system.posix_acl_access': aclAttribute(1).subarray(1) }) }),
    ],
    ['ext4-label-too-long', 'label "seventeen letters": 17 bytes', () => tree(), { label: 'seventeen letters' }],
    ['ext4-disk-too-small', 'the tree needs', () => tree({ f: fileOf(10 * MIB) }), { size: { totalBytes: 8 * MIB } }],
    ['ext4-disk-too-large', 'less than 16 TiB', () => tree(), { size: { totalBytes: 2 ** 44 } }],
    [
      'ext4-too-few-inodes',
      'inodes do not fit',
      () => tree({ d: manyFiles(33_000) }),
      { size: { totalBytes: 100 * MIB } },
    ],
    ['ext4-size-invalid', 'freeBytes -1', () => tree(), { size: { freeBytes: -1 } }],
  ])('%s: %s', (code, text, make, options) => {
    const error = caught(() => planExt4(make(), options));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^write ext4: /);
    expect(error.message).toContain(text);
  });

  it('names the size that suffices', () => {
    const made = tree({ f: fileOf(10 * MIB) });
    const error = caught(() => planExt4(made, { size: { totalBytes: 8 * MIB } }));
    const totalBytes = error.details.neededBytes as number;
    expect(planExt4(made, { size: { totalBytes } }).sizeBytes).toBe(totalBytes);
  });
});

function manyLinks(count: number): ReturnType<typeof directory> {
  const node = file();
  return { ...directory(), children: new Map([...manyFiles(count).children.keys()].map((name) => [name, node])) };
}

function caught(act: () => unknown): PlinthError {
  try {
    act();
  } catch (error) {
    if (error instanceof PlinthError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

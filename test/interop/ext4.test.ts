import { readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Ext4Options } from '../../src/disk/index.ts';
import { readTree } from '../../src/host/index.ts';
import { Tree } from '../../src/tree/index.ts';
import { checkDisk, debugfs, runTool, withDirectory, writeDisk } from '../support/ext4-disk.ts';
import {
  ATTRIBUTES,
  aclAttribute,
  deepDirectories,
  directory,
  file,
  link,
  manyFiles,
  sparseFile,
  tree,
  xattrs,
  zeroFile,
} from '../support/ext4-trees.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** Everything small that a disk can hold. */
function allKinds(): Tree {
  const shared = file('two names');
  return tree({
    'a-file': file('hello\n', { mode: 0o6755, uid: 70_000, gid: 80_000 }),
    'another name': shared,
    'b-directory': directory({ 'the same': shared, ü: file('not ASCII') }, { mode: 0o1777 }),
    block: { kind: 'block', ...ATTRIBUTES, major: 259, minor: 300 },
    character: { kind: 'character', ...ATTRIBUTES, major: 5, minor: 1 },
    empty: file(),
    fast: link('x'.repeat(59)),
    fifo: { kind: 'fifo', ...ATTRIBUTES },
    slow: link('y'.repeat(60)),
    slowest: link('z'.repeat(4095)),
    large: file(Buffer.alloc(3_000_000, 'data')),
    ...withAttributes(),
  });
}

function withAttributes(): Readonly<Record<string, ReturnType<typeof file> | ReturnType<typeof directory>>> {
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`user.ü${i}`, `value ${i}`]));
  return {
    'xattr-acl': file('', { mode: 0o644, xattrs: xattrs({ 'system.posix_acl_access': aclAttribute(1234) }) }),
    'xattr-capability': file('', { xattrs: xattrs({ 'security.capability': Buffer.alloc(20, 2) }) }),
    'xattr-default': directory({}, { xattrs: xattrs({ 'system.posix_acl_default': aclAttribute(70_000) }) }),
    'xattr-directory': directory({}, { xattrs: xattrs({ 'trusted.big': 'b'.repeat(3000), 'user.small': 's' }) }),
    'xattr-empty': file('', { xattrs: xattrs({ 'user.empty': '' }) }),
    'xattr-large': file('body', { xattrs: xattrs({ 'user.large': Buffer.alloc(4000, 'v'), 'user.s': '1' }) }),
    'xattr-many': file('', { xattrs: xattrs(many) }),
  };
}

const SHAPES: readonly (readonly [name: string, make: () => Tree, options?: Ext4Options])[] = [
  ['an empty tree', () => tree()],
  ['one file', () => tree({ file: file('x') })],
  ['every kind of node', allKinds],
  ['every kind of node without a journal', allKinds, { journal: false }],
  ['the smallest disk', () => tree(), { size: { freeBytes: 0 }, freeInodes: 0, journal: false }],
  ['every kind on the smallest disk', allKinds, { size: { freeBytes: 0 }, freeInodes: 0 }],
  ['directories 1,000 deep', () => tree({ d: deepDirectories(1000) })],
  ['20,000 names in the root', () => new Tree(manyFiles(20_000))],
  ['an index of two levels', () => tree({ d: manyFiles(9000, 255) })],
  ['a directory with names of one block less than an index', () => tree({ d: manyFiles(15, 250) })],
  ['names of 255 bytes just over one block', () => tree({ d: manyFiles(16, 255) })],
  ['70,000 subdirectories', () => tree({ d: manyDirectories(70_000) })],
  ['a lost+found of the tree', () => tree({ 'lost+found': directory({ kept: file('k') }, { mode: 0o750 }) })],
  ['a large lost+found', () => tree({ 'lost+found': manyFiles(3000) })],
  [
    'files from the future and from before 1970',
    () => tree({ f: file('', { mtimeNs: 2n ** 63n }), p: file('', { mtimeNs: -1n }) }),
  ],
  ['4 extents', () => tree({ f: sparseFile(4, 8192, 4096) })],
  ['5 extents', () => tree({ f: sparseFile(5, 8192, 4096) })],
  ['340 extents', () => tree({ f: sparseFile(340, 8192, 4096) })],
  ['341 extents', () => tree({ f: sparseFile(341, 8192, 4096) })],
  ['an extent tree of two levels', () => tree({ f: sparseFile(2000, 8192, 1000), g: file('behind') })],
  ['a sparse file of 5 GiB', () => tree({ f: sparseFile(2, 2.5 * GIB, 5000) })],
  ['a sparse file that ends in a hole', () => tree({ f: sparseFile(1, 15 * 2 ** 40, 10) })],
  ['zeros that nothing tells of', () => tree({ f: zeroFile(200 * MIB), g: file('behind') })],
  ['zeros in data, with a tree of its own', () => tree({ f: file(striped(2000)), g: file('behind') })],
  ['two groups', () => tree({ f: file(striped(1)) }), { size: { totalBytes: 200 * MIB } }],
];

function manyDirectories(count: number): ReturnType<typeof directory> {
  return directory(Object.fromEntries(Array.from({ length: count }, (_, i) => [`d${i}`, directory()])));
}

/** Pieces of 64 KiB, zeros and data in turn. */
function striped(count: number): Buffer {
  const bytes = Buffer.alloc(count * 2 * 65_536);
  for (let i = 0; i < count; i++) bytes.fill('data', i * 2 * 65_536, i * 2 * 65_536 + 65_536);
  return bytes;
}

describe('e2fsck finds nothing', () => {
  it.each(SHAPES.map(([name, ...how]) => ({ name, how })))('in $name', async ({ how: [make, options] }) => {
    await withDirectory(async (scratch) => {
      const disk = join(scratch, 'disk');
      const plan = await writeDisk(make(), disk, options);
      checkDisk(disk);
      expect(statSync(disk).size).toBe(plan.sizeBytes);
    });
  });

  const sizes = [1, 2, 4, 7, 8, 16, 100, 127, 128, 129, 1024, 5 * 1024, 100 * 1024, 2 * 1024 * 1024];
  it.each(sizes.flatMap((size) => [true, false].map((journal) => [size, journal] as const)))(
    'on a disk of %i MiB, journal: %s',
    async (sizeMib, journal) => {
      await withDirectory(async (scratch) => {
        const disk = join(scratch, 'disk');
        const size = { totalBytes: sizeMib * MIB };
        await writeDisk(tree({ file: file('small') }), disk, { size, journal });
        checkDisk(disk);
        expect(statSync(disk).size).toBe(size.totalBytes);
        // Nothing is written but what is in use; the descriptors and their copies grow with the disk.
        expect(statSync(disk).blocks * 512).toBeLessThan(2 * MIB + size.totalBytes / 8000);
      });
    },
  );
});

describe('other tools', () => {
  it('find the features that mke2fs gives a disk by default', async () => {
    await withDirectory(async (scratch) => {
      const [ours, theirs] = [join(scratch, 'ours'), join(scratch, 'theirs')];
      await writeDisk(tree(), ours, { size: { totalBytes: 1024 * MIB }, label: 'plinth-root' });
      await writeDisk(tree(), theirs);
      truncateSync(theirs, 1024 * MIB);
      runTool('mke2fs', '-q', '-F', '-t', 'ext4', '-m', '0', '-L', 'plinth-root', theirs);
      const differing = /UUID|Seed|Checksum|created|time|checked|Filesystem flags|Lifetime/;
      const header = (path: string): string[] =>
        runTool('dumpe2fs', '-h', path)
          .split('\n')
          .filter((line) => !differing.test(line) && !/^(Inode|Free|Inodes|Overhead)/.test(line));
      expect(header(ours)).toEqual(header(theirs));
    });
  });

  it('read back what was written', async () => {
    await withDirectory(async (scratch) => {
      const disk = join(scratch, 'disk');
      await writeDisk(allKinds(), disk);
      debugfs(disk, `dump /large ${join(scratch, 'large')}`);
      expect(readFileSync(join(scratch, 'large')).equals(Buffer.alloc(3_000_000, 'data'))).toBe(true);
      expect(debugfs(disk, 'cat "/b-directory/the same"')).toBe('two names');
      expect(debugfs(disk, 'stat /block')).toContain('Device major/minor number: 259:300');
      expect(debugfs(disk, 'stat /a-file')).toMatch(/User: 70000 +Group: 80000/);
      expect(debugfs(disk, 'ea_get /xattr-directory user.small')).toContain('user.small (1) = "s"');
      expect(debugfs(disk, 'ea_get -V /xattr-large user.large').trim()).toBe('v'.repeat(4000));
    });
  });

  it('copy the tree out again', async () => {
    await withDirectory(async (scratch) => {
      const disk = join(scratch, 'disk');
      await writeDisk(tree({ d: manyFiles(2000), e: directory({ f: file(striped(3)) }) }), disk);
      debugfs(disk, `rdump / ${scratch}`);
      expect([...readTree(join(scratch, 'd')).walk()].length).toBe(2000);
      expect(readFileSync(join(scratch, 'e/f')).equals(striped(3))).toBe(true);
    });
  });

  it.each([
    ['a disk of one group', 64 * MIB, 3 * GIB],
    ['many groups', 600 * MIB, 20 * GIB],
    ['beyond what was kept for descriptors', 10 * MIB, 300 * GIB],
  ])('let resize2fs grow %s', async (_, totalBytes, grownBytes) => {
    await withDirectory(async (scratch) => {
      const disk = join(scratch, 'disk');
      await writeDisk(allKinds(), disk, { size: { totalBytes } });
      truncateSync(disk, grownBytes);
      runTool('resize2fs', disk);
      checkDisk(disk);
      expect(debugfs(disk, 'stats')).toMatch(new RegExp(`Block count: +${grownBytes / 4096}\n`));
    });
  });

  it.each([1, 10])('keep room for descriptors as mke2fs does on a disk of %i GiB', async (sizeGib) => {
    await withDirectory(async (scratch) => {
      const [ours, theirs] = [join(scratch, 'ours'), join(scratch, 'theirs')];
      await writeDisk(tree(), ours, { size: { totalBytes: sizeGib * GIB } });
      runTool('mke2fs', '-q', '-t', 'ext4', theirs, `${sizeGib}G`);
      // Only the block that lists the others lies elsewhere.
      const blocks = (path: string): string | undefined => debugfs(path, 'stat <7>').split(/BLOCKS:\n\(DIND\):\d+/)[1];
      expect(blocks(ours)).toMatch(/^, \(IND\):\d+, /);
      expect(blocks(ours)).toBe(blocks(theirs));
    });
  });

  it('let resize2fs shrink it to the least', async () => {
    await withDirectory(async (scratch) => {
      const disk = join(scratch, 'disk');
      await writeDisk(allKinds(), disk, { size: { totalBytes: 600 * MIB } });
      runTool('resize2fs', '-M', disk);
      checkDisk(disk);
    });
  });
});

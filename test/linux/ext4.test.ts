import { mkdirSync, readdirSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeText } from '../../src/bytes/index.ts';
import { readTree } from '../../src/host/index.ts';
import { compareTrees, type FileNode, mustTreePath, type Tree, TreeEditor } from '../../src/tree/index.ts';
import { checkDisk, runTool, withDirectory, withMount, writeDisk } from '../support/ext4-disk.ts';
import {
  aclAttribute,
  deepDirectories,
  directory,
  file,
  manyFiles,
  sparseFile,
  tree,
  xattrs,
} from '../support/ext4-trees.ts';
import { treeArbitrary } from '../support/random-tree.ts';

const MIB = 2 ** 20;
const LOST_FOUND = mustTreePath(encodeText('lost+found'));

/** The tree that the kernel shows at `mountPoint`, without lost+found. */
function readBack(mountPoint: string): Tree {
  const editor = new TreeEditor(readTree(mountPoint, { xattrs: true, holes: true }));
  editor.remove(LOST_FOUND);
  return editor.finish();
}

/** Fails unless the kernel reads from the disk of `tree` what `tree` is. */
async function expectSame(made: Tree): Promise<void> {
  await withDirectory(async (scratch) => {
    const disk = join(scratch, 'disk');
    await writeDisk(made, disk, { epochSeconds: 1_700_000_000 });
    checkDisk(disk);
    await withMount(disk, (mountPoint) => {
      expect(compareTrees(made, readBack(mountPoint))).toEqual([]);
    });
    checkDisk(disk);
  });
}

describe('the kernel', () => {
  it('reads from a disk what any tree has', async () => {
    await fc.assert(fc.asyncProperty(treeArbitrary, expectSame), { numRuns: 40 });
  });

  it.each([
    ['20,000 names', tree({ d: manyFiles(20_000) })],
    ['long names in an index of two levels', tree({ d: manyFiles(9000, 255) })],
    ['extents in a tree of two levels', tree({ f: sparseFile(2000, 8192, 1000) })],
    ['attributes in a block', tree({ f: file('', { xattrs: xattrs({ 'user.l': 'v'.repeat(4000), 'user.s': 's' }) }) })],
    ['directories 300 deep', tree({ d: deepDirectories(300) })],
  ])('reads %s', async (_, made) => {
    await expectSame(made);
  });

  it('shows the ACLs that the tree has', async () => {
    const attribute = aclAttribute(1234);
    const made = tree({
      f: file('', { mode: 0o644, xattrs: xattrs({ 'system.posix_acl_access': attribute }) }),
      d: directory({}, { xattrs: xattrs({ 'system.posix_acl_default': aclAttribute(70_000) }) }),
    });
    await withDirectory(async (scratch) => {
      const disk = join(scratch, 'disk');
      await writeDisk(made, disk);
      await withMount(disk, (mountPoint) => {
        expect(compareTrees(made, readBack(mountPoint))).toEqual([]);
        expect(runTool('getfacl', '-n', '-p', join(mountPoint, 'f'))).toContain('user:1234:r--');
        expect(runTool('getfacl', '-n', '-p', join(mountPoint, 'd'))).toContain('default:user:70000:r--');
      });
    });
  });

  it('finds holes where the tree has them, and where zeros were', async () => {
    const made = tree({ sparse: sparseFile(3, 8 * MIB, 4096), zeros: file(zerosBetween()) });
    await withDirectory(async (scratch) => {
      const disk = join(scratch, 'disk');
      await writeDisk(made, disk);
      await withMount(disk, (mountPoint) => {
        const back = readBack(mountPoint);
        expect(extentsOf(back, 'sparse')).toEqual(
          [0, 8, 16].map((at) => ({ offsetBytes: at * MIB, lengthBytes: 4096 })),
        );
        expect(extentsOf(back, 'zeros')).toEqual([
          { offsetBytes: 0, lengthBytes: MIB },
          { offsetBytes: 3 * MIB, lengthBytes: MIB },
        ]);
      });
    });
  });
});

/** 1 MiB of data, 2 of zeros, 1 of data. */
function zerosBetween(): Buffer {
  return Buffer.concat([Buffer.alloc(MIB, 'a'), Buffer.alloc(2 * MIB), Buffer.alloc(MIB, 'b')]);
}

function extentsOf(made: Tree, name: string): FileNode['content']['extents'] {
  const node = made.lookup(mustTreePath(encodeText(name)));
  return node?.kind === 'file' ? node.content.extents : undefined;
}

describe('a mounted disk', () => {
  it.each([
    { freeBytes: 32 * MIB },
    { freeBytes: 100 * MIB },
    { totalBytes: 64 * MIB },
    { totalBytes: 700 * MIB },
    { freeBytes: 2000 * MIB },
  ])('has the space for root that was promised: %j', async (size) => {
    await withDirectory(async (scratch) => {
      const disk = join(scratch, 'disk');
      const plan = await writeDisk(tree({ f: file('x'), d: manyFiles(100) }), disk, { size });
      if ('freeBytes' in size) expect(plan.freeBytes).toBe(size.freeBytes);
      await withMount(disk, (mountPoint) => {
        const { bavail, bsize, ffree } = statfsSync(mountPoint);
        expect(bavail * bsize).toBe(plan.freeBytes);
        expect(ffree).toBe(plan.freeInodes);
        if (plan.freeBytes > 200 * MIB) return;
        // What is left is for the extents of the file itself.
        writeFileSync(join(mountPoint, 'fill'), Buffer.alloc(plan.freeBytes - MIB, 'f'));
      });
      checkDisk(disk);
    });
  });

  it('can be changed: directories with an index, holes, attributes', async () => {
    await withDirectory(async (scratch) => {
      const disk = join(scratch, 'disk');
      const holes = sparseFile(400, 8192, 4096);
      await writeDisk(tree({ d: manyFiles(5000), long: manyFiles(9000, 255), holes }), disk, { freeInodes: 5000 });
      await withMount(disk, (mountPoint) => {
        for (let i = 0; i < 2000; i++) writeFileSync(join(mountPoint, 'd', `new-${i}`), 'x');
        for (let i = 0; i < 5000; i += 3) rmSync(join(mountPoint, 'd', `${i}`));
        for (let i = 0; i < 500; i++) mkdirSync(join(mountPoint, 'long', `${'m'.repeat(240)}${i}`));
        runTool('fallocate', '-z', '-l', '3276800', join(mountPoint, 'holes'));
        runTool('setfattr', '-n', 'user.new', '-v', 'value', join(mountPoint, 'holes'));
        expect(readdirSync(join(mountPoint, 'd')).length).toBe(5000 + 2000 - 1667);
      });
      // Not `checkDisk`: the kernel leaves extent trees wider than they need be, which e2fsck remarks on.
      runTool('e2fsck', '-fn', disk);
    });
  });

  it('mounts after it was grown unmounted', async () => {
    await withDirectory(async (scratch) => {
      const disk = join(scratch, 'disk');
      const made = tree({ f: file('kept'), d: manyFiles(1000) });
      await writeDisk(made, disk);
      truncateSync(disk, 5000 * MIB);
      runTool('e2fsck', '-fy', disk);
      runTool('resize2fs', disk);
      await withMount(disk, (mountPoint) => {
        expect(compareTrees(made, readBack(mountPoint))).toEqual([]);
      });
      checkDisk(disk);
    });
  });
});

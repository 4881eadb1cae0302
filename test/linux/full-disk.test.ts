import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { verifyStore } from '../../src/sdk/index.ts';
import { inDirectory, plinth, plinthOk } from '../support/plinth.ts';

interface Place {
  /** A file system of 8 MB. */
  readonly small: string;
  /** A store with room, and a context whose image does not fit into `small`. */
  readonly store: string;
  readonly context: string;
}

/** Runs `use` with a file system of 8 MB mounted. */
async function withSmallDisk(options: string, use: (place: Place) => Promise<void> | void): Promise<void> {
  await inDirectory(async (directory) => {
    const place = { small: join(directory, 'small'), store: join(directory, 'store'), context: join(directory, 'c') };
    mkdirSync(place.small);
    mkdirSync(place.context);
    writeFileSync(join(place.context, 'small'), 'small');
    writeFileSync(join(place.context, 'large'), randomBytes(12 << 20));
    writeFileSync(join(place.context, 'Dockerfile'), 'FROM scratch\nCOPY large /\n');
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'none', place.small]);
    try {
      await use(place);
    } finally {
      execFileSync('umount', [place.small]);
    }
  });
}

/** Fills the file system until not a byte more fits. */
function fill(path: string): void {
  const fd = openSync(path, 'w');
  try {
    for (;;) writeSync(fd, Buffer.alloc(4096));
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  } finally {
    closeSync(fd);
  }
}

const FULL = /^error: .*no space left on device[\s\S]*^hint: Free some space/m;

describe('a store on a full disk', () => {
  it('keeps what it has, and a build is told', async () => {
    await withSmallDisk('size=8m', async ({ small, context }) => {
      const root = join(small, 'store');
      const input = 'FROM scratch\nCOPY small /\n';
      plinthOk(['--root', root, 'build', '-t', 'x', '-f', '-', context], { input });
      const before = readFileSync(join(root, 'oci/index.json'), 'utf8');
      const refused = plinth(['--root', root, 'build', '-t', 'x', context]);
      expect(refused).toMatchObject({ status: 1, stderr: expect.stringMatching(FULL) });
      expect(readdirSync(join(root, 'tmp'))).toEqual([]);
      expect(readFileSync(join(root, 'oci/index.json'), 'utf8')).toBe(before);

      fill(join(small, 'filler'));
      for (const words of [
        ['tag', 'x', 'y'],
        ['build', '-t', 'z', '--label', 'a=b', '-f', '-', context],
      ]) {
        expect(plinth(['--root', root, ...words], { input }).stderr).toMatch(FULL);
      }
      expect(plinthOk(['--root', root, 'images', '-q'])).not.toBe('');
      expect(await verifyStore({ root })).toEqual([]);
    });
  });

  it('is pruned when not a byte is free', async () => {
    await withSmallDisk('size=8m', async ({ small, context }) => {
      const root = join(small, 'store');
      plinthOk(['--root', root, 'build', '-t', 'x', '-f', '-', context], { input: 'FROM scratch\nCOPY small /\n' });
      plinthOk(['--root', root, 'build', '-f', '-', context], { input: 'FROM scratch\nCOPY small /2\n' });
      fill(join(small, 'filler'));
      expect(plinth(['--root', root, 'rmi', 'x']).stderr).toMatch(FULL);
      expect(plinthOk(['--root', root, 'prune'])).toMatch(/blobs/);
      expect(plinthOk(['--root', root, 'images', '-q']).trim().split('\n')).toHaveLength(1);
      plinthOk(['--root', root, 'rmi', 'x']);
      expect(await verifyStore({ root })).toEqual([]);
    });
  });

  it('takes no part of an archive', async () => {
    await withSmallDisk('size=8m', ({ small, store, context }) => {
      plinthOk(['--root', store, 'build', '-t', 'x', context]);
      const archive = join(store, 'x.tar');
      plinthOk(['--root', store, 'save', '-o', archive, 'x']);
      const root = join(small, 'store');
      expect(plinth(['--root', root, 'load', '-i', archive]).stderr).toMatch(FULL);
      expect(plinth(['--root', root, 'import', archive, 'y']).stderr).toMatch(FULL);
      expect(readdirSync(join(root, 'tmp'))).toEqual([]);
      expect(plinthOk(['--root', root, 'images', '-q'])).toBe('');
    });
  });

  it('without inodes says so, too', async () => {
    await withSmallDisk('size=8m,nr_inodes=24', async ({ small, context }) => {
      const root = join(small, 'store');
      const result = plinth(['--root', root, 'build', '-f', '-', context], { input: 'FROM scratch\nCOPY small /\n' });
      for (let more = 0; more < 30 && plinth(['--root', root, 'images', '-q']).status === 0; more++) {
        const input = `FROM scratch\nCOPY small /${more}\n`;
        if (plinth(['--root', root, 'build', '-f', '-', context], { input }).status !== 0) break;
      }
      const last = plinth(['--root', root, 'build', '-f', '-', context], { input: 'FROM scratch\nCOPY small /end\n' });
      expect([result, last].some(({ stderr }) => FULL.test(stderr))).toBe(true);
      expect(readdirSync(join(root, 'tmp'))).toEqual([]);
    });
  });
});

describe('an output on a full disk', () => {
  it.each(['oci', 'docker', 'tar', 'ext4'])('%s leaves the file that was there', async (type) => {
    await withSmallDisk('size=8m', ({ small, store, context }) => {
      const dest = join(small, 'out');
      writeFileSync(dest, 'old');
      const output = ['-o', `type=${type},dest=${dest}`];
      expect(plinth(['--root', store, 'build', ...output, context]).stderr).toMatch(FULL);
      expect(readdirSync(small)).toEqual(['out']);
      expect(readFileSync(dest, 'utf8')).toBe('old');
    });
  });

  it('local leaves no directory', async () => {
    await withSmallDisk('size=8m', ({ small, store, context }) => {
      const output = ['-o', `type=local,dest=${join(small, 'out')}`];
      expect(plinth(['--root', store, 'build', ...output, context]).stderr).toMatch(FULL);
      expect(readdirSync(small)).toEqual([]);
    });
  });

  it.each([
    ['disk', (dest: string) => ['disk', 'x', dest]],
    ['save', (dest: string) => ['save', '-o', dest, 'x']],
  ])('of %s leaves the file that was there', async (_, words) => {
    await withSmallDisk('size=8m', ({ small, store, context }) => {
      plinthOk(['--root', store, 'build', '-t', 'x', context]);
      const dest = join(small, 'out');
      writeFileSync(dest, 'old');
      expect(plinth(['--root', store, ...words(dest)]).stderr).toMatch(FULL);
      expect(readdirSync(small)).toEqual(['out']);
      expect(readFileSync(dest, 'utf8')).toBe('old');
    });
  });
});

describe('a store on a disk that is read-only', () => {
  it('is read, and not written', async () => {
    await withSmallDisk('size=8m', ({ small, context }) => {
      const root = join(small, 'store');
      const input = 'FROM scratch\nCOPY small /\n';
      plinthOk(['--root', root, 'build', '-t', 'x', '-f', '-', context], { input });
      execFileSync('mount', ['-o', 'remount,ro', small]);
      plinthOk(['--root', root, 'images']);
      plinthOk(['--root', root, 'disk', 'x', join(context, 'x.ext4')]);
      const refused = [
        [1, 'tag', 'x', 'y'],
        [1, 'rmi', 'x'],
        [1, 'prune'],
        [125, 'run', 'x', 'true'],
      ] as const;
      for (const [expected, ...words] of refused) {
        const { status, stderr } = plinth(['--root', root, ...words]);
        expect(status).toBe(expected);
        expect(stderr).toMatch(/^error: write .*: read-only file system\nhint: /);
      }
    });
  });
});

import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DiskSink, type Ext4Options, type Ext4Plan, planExt4, writeExt4 } from '../../src/disk/index.ts';
import type { Tree } from '../../src/tree/index.ts';

/** Runs `use` with a new directory, removed afterwards. */
export async function withDirectory<T>(use: (directory: string) => Promise<T> | T): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'plinth-ext4-'));
  try {
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A sink that writes to an open file. */
export function fileSink(fd: number): DiskSink {
  return {
    write(bytes, positionBytes) {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(fd, bytes, done, bytes.length - done, positionBytes + done);
      }
    },
  };
}

/** Writes the disk of `tree` to the file `path`. */
export async function writeDisk(tree: Tree, path: string, options: Ext4Options = {}): Promise<Ext4Plan> {
  const plan = planExt4(tree, options);
  const fd = openSync(path, 'w');
  try {
    await writeExt4(plan, fileSink(fd));
    ftruncateSync(fd, plan.sizeBytes);
  } finally {
    closeSync(fd);
  }
  return plan;
}

/** What a foreign tool printed; fails if it did not exit with 0. */
export function runTool(command: string, ...args: readonly string[]): string {
  const path = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;
  const result = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, PATH: path, LC_ALL: 'C' },
    maxBuffer: 1 << 28,
  });
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0) {
    throw new Error(`${command} ${args.join(' ')}: exit ${result.status}\n${result.stdout}${result.stderr}`);
  }
  return result.stdout;
}

/** Fails with what e2fsck found, if it found anything. */
export function checkDisk(path: string): void {
  const output = runTool('e2fsck', '-fn', path);
  const lines = output.split('\n').filter((line) => line !== '' && !line.startsWith('Pass '));
  if (lines.length !== 1) throw new Error(output);
}

/** What debugfs answers. */
export function debugfs(path: string, request: string): string {
  return runTool('debugfs', '-R', request, path);
}

/** Mounts the file `path` for the time of `use`; needs root. */
export async function withMount<T>(path: string, use: (mountPoint: string) => Promise<T> | T): Promise<T> {
  return withDirectory(async (directory) => {
    runTool('mount', '-o', 'loop', '-t', 'ext4', path, directory);
    try {
      return await use(directory);
    } finally {
      runTool('umount', directory);
    }
  });
}

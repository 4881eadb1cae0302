import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DiffId } from '../../src/bytes/index.ts';
import { loadImages, openStore, pruneStore, verifyStore } from '../../src/store/index.ts';
import { chunksOf, tarOf } from '../support/image-archive.ts';

const WORKER = join(import.meta.dirname, '../support/store-worker.ts');
const KILLS = 40;

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plinth-store-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

interface Worker {
  readonly child: ChildProcess;
  readonly lines: string[];
  readonly output: Interface;
  readonly ended: Promise<unknown>;
}

function startWorker(id: string, rounds: number): Worker {
  const child = spawn(process.execPath, [WORKER, directory, id, String(rounds)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const output = createInterface({ input: child.stdout });
  output.on('line', (line) => lines.push(line));
  return { child, lines, output, ended: Promise.all([once(child, 'exit'), once(output, 'close')]) };
}

/** Waits until the worker has printed so many lines. */
async function printed({ lines, output, child }: Worker, count: number): Promise<void> {
  while (lines.length < count) {
    if (child.exitCode !== null) throw new Error(`the worker exited with ${child.exitCode}`);
    await Promise.race([once(output, 'line'), once(child, 'exit')]);
  }
}

/** The names that must be there after these lines. */
function expectedNames(lines: readonly string[]): Set<string> {
  const names = new Set<string>();
  for (const line of lines) {
    const [verb, name = ''] = line.split(' ');
    if (verb === 'wrote') names.add(name);
    if (verb === 'removing') names.delete(name);
  }
  return names;
}

describe('several processes', () => {
  it('write, name, remove and prune at once, and nothing is lost or damaged', async () => {
    const workers = ['a', 'b', 'c', 'd'].map((id) => startWorker(id, 15));
    await Promise.all(workers.map((worker) => worker.ended));
    expect(workers.map(({ child }) => child.exitCode)).toEqual([0, 0, 0, 0]);
    using store = openStore(directory);
    expect(await verifyStore(store)).toEqual([]);
    const there = new Set(store.images.list().flatMap((image) => image.names));
    const wanted = expectedNames(workers.flatMap(({ lines }) => lines));
    expect([...wanted].filter((name) => !there.has(name))).toEqual([]);
    expect(there.size).toBe(wanted.size + 1);
    expect(readdirSync(store.paths.tmp)).toEqual([]);
  });
});

describe('a process that is killed', () => {
  it(`loses nothing that it reported, at ${KILLS} moments`, async () => {
    const wanted = new Set<string>();
    for (let round = 0; round < KILLS; round++) {
      const worker = startWorker(`k${round}`, 1000);
      await printed(worker, 1 + (round % 4));
      await sleep(Math.random() * 40);
      worker.child.kill('SIGKILL');
      await worker.ended;
      expect(worker.child.signalCode).toBe('SIGKILL');
      const names = expectedNames(worker.lines);
      for (const name of names) wanted.add(name);
      using store = openStore(directory);
      expect(await verifyStore(store)).toEqual([]);
      for (const name of names) expect(store.images.find(name).names).toContain(name);
    }
    using store = openStore(directory);
    expect(wanted.size).toBeGreaterThan(KILLS / 4);
    await pruneStore(store);
    expect(readdirSync(store.paths.tmp)).toEqual([]);
    expect(await verifyStore(store)).toEqual([]);
    for (const name of wanted) expect(store.images.find(name).names).toContain(name);
  });
});

describe('a full disk', () => {
  const small = 1 << 20;

  async function onSmallDisk(use: (root: string) => Promise<void>): Promise<void> {
    const mountPoint = join(directory, 'disk');
    mkdirSync(mountPoint);
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${small}`, 'tmpfs', mountPoint]);
    try {
      await use(join(mountPoint, 'store'));
    } finally {
      execFileSync('umount', [mountPoint]);
    }
  }

  it('is an error that names the path, and leaves nothing half written', async () => {
    await onSmallDisk(async (root) => {
      using store = openStore(root);
      const fine = store.blobs.put(Buffer.from('fine'));
      const write = (): void => {
        using writer = store.blobs.create();
        for (let i = 0; i < 4; i++) writer.write(Buffer.alloc(small, i));
        writer.commit();
      };
      expect(write).toThrow(
        expect.objectContaining({
          code: 'disk-full',
          message: expect.stringContaining(root),
          hint: expect.any(String),
        }),
      );
      expect(readdirSync(store.paths.tmp)).toEqual([]);
      expect(readdirSync(store.paths.blobs)).toHaveLength(1);
      expect(store.blobs.readAll(fine).toString()).toBe('fine');
    });
  });

  it('spares the images that are there while one is loaded', async () => {
    await onSmallDisk(async (root) => {
      using store = openStore(root);
      using writer = store.layers.create();
      writer.write(tarOf(['a', 'a']));
      const { diffId } = writer.commit();
      const config = {
        architecture: 'amd64',
        os: 'linux',
        rootfs: { type: 'layers' as const, diff_ids: [diffId as DiffId] },
      };
      store.images.write(config, { names: ['here'] });
      const index = readFileSync(store.paths.indexFile);
      const archive = tarOf(['layer.tar', Buffer.alloc(2 * small)]);
      await expect(loadImages(store, { kind: 'archive', chunks: chunksOf(archive) })).rejects.toMatchObject({
        code: 'disk-full',
      });
      expect(readFileSync(store.paths.indexFile)).toEqual(index);
      expect(readdirSync(store.paths.tmp)).toEqual([]);
      expect(await verifyStore(store)).toEqual([]);
    });
  });

  it('spares index.json when there is no room for a new one', async () => {
    await onSmallDisk(async (root) => {
      using store = openStore(root);
      using writer = store.layers.create();
      writer.write(tarOf(['a', 'a']));
      const { diffId } = writer.commit();
      const config = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers' as const, diff_ids: [diffId] } };
      store.images.write(config, { names: ['here'] });
      const fill = (sizeBytes: number): void => {
        using filler = store.blobs.create();
        filler.write(Buffer.alloc(sizeBytes, 'x'));
        filler.commit();
      };
      for (let size = 1 << 19; size >= 4096; ) {
        try {
          fill(size - (size % 7));
        } catch {
          size >>= 1;
        }
      }
      const before = readFileSync(store.paths.indexFile);
      for (let i = 0; i < 5; i++) {
        expect(() => store.images.tag('here', `more:${i}`)).toThrow(expect.objectContaining({ code: 'disk-full' }));
      }
      expect(readFileSync(store.paths.indexFile)).toEqual(before);
      expect(readdirSync(store.paths.tmp)).toEqual([]);
      expect(store.images.find('here').names).toEqual(['here:latest']);
    });
  });
});

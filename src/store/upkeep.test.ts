import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chunksOf, tarOf } from '../../test/support/image-archive.ts';
import { type DiffId, digestHex } from '../bytes/index.ts';
import type { ImageConfig } from '../oci/index.ts';
import { importTar, measureStore, openStore, pruneStore, removeImage, type Store, verifyStore } from './index.ts';

let directory: string;
let store: Store;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plinth-upkeep-'));
  store = openStore(join(directory, 'store'));
});
afterEach(() => {
  store.close();
  rmSync(directory, { recursive: true, force: true });
});

function writeLayer(text: string): DiffId {
  using writer = store.layers.create();
  writer.write(tarOf(['file', text]));
  return writer.commit().diffId;
}

const config = (...diffIds: DiffId[]): ImageConfig => ({
  architecture: 'amd64',
  os: 'linux',
  rootfs: { type: 'layers', diff_ids: diffIds },
});
const files = (path: string): string[] => readdirSync(path).sort();

/** A process id that no process has. */
const DEAD_PID = 2 ** 22 + 1;

describe('pruneStore', () => {
  it('removes what nothing needs and keeps all else', async () => {
    const kept = writeLayer('kept');
    const lost = writeLayer('lost');
    const built = writeLayer('built');
    store.images.write(config(kept), { names: ['kept'] });
    store.images.write(config(kept, lost), { names: ['moved'] });
    store.images.write(config(kept), { names: ['moved'] });
    store.cache.write('00000001', Buffer.from(JSON.stringify({ layer: { diffId: kept } })));
    store.cache.write('00000002', Buffer.from(JSON.stringify({ layer: { diffId: built } })));
    store.cache.write('00000003', Buffer.from('no layer'));
    writeFileSync(join(store.paths.cache, '00000004'), 'damaged');
    for (const diffId of [kept, lost])
      mkdirSync(join(store.paths.snapshots, digestHex(diffId), 'etc'), { recursive: true });
    writeFileSync(join(store.paths.tmp, `${DEAD_PID}-0-x`), 'x');
    writeFileSync(join(store.paths.tmp, `${process.pid}-0-x`), 'x');

    const report = await pruneStore(store);

    expect(report).toMatchObject({ blobs: 4, layerIndexes: 2, records: 2, snapshots: 1, temporaries: 1 });
    expect(report.images).toHaveLength(1);
    expect(report.freedBytes).toBeGreaterThan(4096);
    expect(files(store.paths.cache)).toEqual(['00000001', '00000003']);
    expect(files(store.paths.snapshots)).toEqual([digestHex(kept)]);
    expect(files(store.paths.tmp)).toEqual([`${process.pid}-0-x`]);
    expect(files(store.paths.layers)).toEqual([digestHex(kept)]);
    expect(store.images.list()).toHaveLength(1);
    expect(await verifyStore(store)).toEqual([]);
    expect(await pruneStore(store)).toMatchObject({ images: [], blobs: 0, freedBytes: 0 });
  });

  it('keeps what containers name', async () => {
    const layer = writeLayer('a');
    const image = store.images.write(config(layer));
    mkdirSync(join(store.paths.containers, 'c'), { recursive: true });
    writeFileSync(join(store.paths.containers, 'c', 'container.json'), JSON.stringify({ imageId: image.configDigest }));
    mkdirSync(join(store.paths.snapshots, digestHex(layer)));
    expect(await pruneStore(store, { all: true })).toMatchObject({ images: [], blobs: 0, snapshots: 0 });
    expect(() => removeImage(store, image.configDigest)).toThrow(expect.objectContaining({ code: 'image-in-use' }));
    removeImage(store, image.configDigest, { force: true });
    expect(store.images.list()).toEqual([]);
    expect(store.layers.has(layer)).toBe(true);
    rmSync(join(store.paths.containers, 'c'), { recursive: true });
    expect(await pruneStore(store)).toMatchObject({ blobs: 2, snapshots: 1 });
  });

  it('takes all images and records that no container needs when asked for all', async () => {
    store.images.write(config(writeLayer('a')), { names: ['a'] });
    store.cache.write('00000001', Buffer.from('x'));
    expect(await pruneStore(store, { all: true })).toMatchObject({ blobs: 3, records: 1 });
    expect([store.paths.blobs, store.paths.cache, store.paths.layers].flatMap(files)).toEqual([]);
  });

  it('waits for those who write, and gives up with a hint', async () => {
    const layer = writeLayer('a');
    const held = await store.hold();
    await expect(pruneStore(store, { waitMs: 30 })).rejects.toMatchObject({
      code: 'store-busy',
      hint: expect.any(String),
    });
    expect(store.layers.has(layer)).toBe(true);
    const pruned = pruneStore(store);
    held[Symbol.dispose]();
    held[Symbol.dispose]();
    expect(await pruned).toMatchObject({ blobs: 1 });
  });

  it('can be stopped while it waits', async () => {
    using _held = await store.hold();
    const abort = new AbortController();
    const pruned = pruneStore(store, { signal: abort.signal });
    abort.abort();
    await expect(pruned).rejects.toThrow();
  });

  it('removes directories in the way that it is given', async () => {
    const layer = writeLayer('a');
    mkdirSync(join(store.paths.snapshots, digestHex(layer)));
    const removed: string[] = [];
    await pruneStore(store, { removeDirectory: (path) => void removed.push(path) });
    expect(removed).toHaveLength(1);
    expect(removed[0]).toContain(store.paths.tmp);
  });
});

describe('hold', () => {
  it('is shared by those who write', async () => {
    using _first = await store.hold();
    using _second = await store.hold();
    expect(store.locks.tryHoldAlone()).toBeUndefined();
  });
});

describe('measureStore', () => {
  it('tells what there is and what a prune would free', async () => {
    const kept = writeLayer('kept');
    const lost = writeLayer('lost');
    store.images.write(config(kept), { names: ['kept'] });
    store.images.write(config(lost));
    writeLayer('unfinished');
    const usage = measureStore(store);
    expect(usage.images.count).toBe(2);
    expect(usage.layers).toEqual({ count: 3, sizeBytes: 3 * 2048, reclaimableBytes: 2 * 2048 });
    expect(usage.images.reclaimableBytes).toBeGreaterThan(2048);
    await pruneStore(store);
    expect(measureStore(store).images.reclaimableBytes).toBe(0);
  });

  it('measures nothing where nothing is', () => {
    expect(measureStore(store).totalBytes).toBe(0);
  });
});

describe('verifyStore', () => {
  it('names each damage', async () => {
    const { configDigest, manifestDigest } = store.images.write(config(writeLayer('a')), { names: ['a'] });
    const lost = writeLayer('b');
    store.images.write(config(lost), { names: ['b'] });
    const shorter = writeLayer('c');
    store.images.write(config(shorter), { names: ['c'] });
    rmSync(store.blobs.path(lost));
    writeFileSync(store.blobs.path(shorter), 'short');
    writeFileSync(store.blobs.path(configDigest), Buffer.alloc(statSync(store.blobs.path(configDigest)).size));
    writeFileSync(store.layers.indexPath(shorter), 'x');
    writeFileSync(join(store.paths.blobs, 'stray'), '');
    const findings = await verifyStore(store);
    expect(findings).toContainEqual({ kind: 'stray-file', name: 'stray' });
    expect(findings).toContainEqual({ kind: 'blob-missing', digest: lost, image: 'b:latest' });
    expect(findings).toContainEqual({
      kind: 'size-wrong',
      digest: shorter,
      image: 'c:latest',
      expected: 2048,
      actual: 5,
    });
    expect(findings).toContainEqual(expect.objectContaining({ kind: 'blob-corrupt', digest: configDigest }));
    expect(findings).toContainEqual(expect.objectContaining({ kind: 'blob-corrupt', digest: shorter }));
    expect(findings).toContainEqual(expect.objectContaining({ kind: 'image-invalid', digest: manifestDigest }));
    expect(findings).toContainEqual({ kind: 'layer-index-corrupt', digest: shorter });
    expect(findings).toHaveLength(7);
    // What is sound stays usable beside it, and what is not is not there.
    expect(store.images.list()).toHaveLength(1);
  });

  it('reports how far it is and stops when asked', async () => {
    await importTar(store, chunksOf(tarOf(['file', Buffer.alloc(1 << 20)])), { names: ['a'] });
    const seen: number[] = [];
    await verifyStore(store, { onProgress: (done, total) => seen.push(done / total) });
    expect(seen.at(-1)).toBe(1);
    await expect(verifyStore(store, { signal: AbortSignal.abort() })).rejects.toThrow();
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openStore, pruneStore, type Store, type StoredImage, verifyStore } from '../store/index.ts';
import { type BuildResult, build } from './index.ts';

const TWO_STEPS = 'FROM scratch\nCOPY a /\nCOPY b /\n';

describe('a prune between what a build finds in the cache and what it writes', () => {
  let directory: string;
  let store: Store;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'plinth-build-prune-'));
    const context = join(directory, 'context');
    mkdirSync(context);
    for (const name of ['a', 'b', 'c']) writeFileSync(join(context, name), name);
    store = openStore(join(directory, 'store'));
  });
  afterEach(() => {
    vi.restoreAllMocks();
    store.close();
    rmSync(directory, { recursive: true });
  });

  function make(text: string, names: readonly string[] = []): Promise<BuildResult> {
    const dockerfile = join(directory, 'Dockerfile');
    writeFileSync(dockerfile, text);
    return build({ context: join(directory, 'context'), dockerfile, names, sourceDateEpoch: 0 }, { store });
  }

  async function pruneAll(): Promise<void> {
    const other = openStore(store.paths.root);
    await pruneStore(other, { all: false });
    other.close();
  }

  it('takes nothing from a build that does a step', async () => {
    await make(TWO_STEPS);
    const hold = store.hold.bind(store);
    vi.spyOn(store, 'hold').mockImplementationOnce(async (options) => {
      await pruneAll();
      return hold(options);
    });
    const result = await make('FROM scratch\nCOPY a /\nCOPY c /\n', ['x']);
    expect(result).toMatchObject({ steps: 2, cachedSteps: 0 });
    expect(await verifyStore(store)).toEqual([]);
  });

  it('takes nothing from a build that finds all in the cache', async () => {
    const before = await make(TWO_STEPS);
    const { images } = store;
    const write = images.write.bind(images);
    vi.spyOn(images, 'write').mockImplementationOnce((config, options): StoredImage => {
      for (const digest of config.rootfs.diff_ids) rmSync(store.blobs.path(digest));
      return write(config, options);
    });
    const result = await make(TWO_STEPS, ['x']);
    expect(result).toMatchObject({ steps: 2, cachedSteps: 0 });
    expect(result.image.manifestDigest).toBe(before.image.manifestDigest);
    expect(await verifyStore(store)).toEqual([]);
  });
});

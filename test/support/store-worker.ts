import { writeSync } from 'node:fs';
import { openStore, pruneStore, removeImage, type Store } from '../../src/store/index.ts';
import { tarOf } from './image-archive.ts';

/**
 * Works on the store `argv[2]` as the worker `argv[3]`, `argv[4]` rounds. Prints `ready`, then `wrote NAME` when that is
 * done for good, and `removing NAME` before that begins.
 */
async function work(root: string, id: string, rounds: number): Promise<void> {
  writeSync(1, 'ready\n');
  for (let round = 0; round < rounds; round++) {
    using store = openStore(root);
    await writeImage(store, `${id}-${round}`);
    if (round % 3 === 2) {
      writeSync(1, `removing worker:${id}-${round - 1}\n`);
      removeImage(store, `worker:${id}-${round - 1}`);
    }
    if (round % 5 === 4) await pruneStore(store);
  }
}

async function writeImage(store: Store, tag: string): Promise<void> {
  using _held = await store.hold();
  using writer = store.layers.create();
  // Every second layer is the same for all workers: they race to write it.
  const text = tag.endsWith('0') ? 'shared' : tag;
  writer.write(tarOf(['file', text.repeat(20_000)]));
  const { diffId } = writer.commit();
  store.cache.write('0123456789abcdef', Buffer.from(diffId));
  const config = {
    architecture: 'amd64',
    os: 'linux',
    author: tag,
    rootfs: { type: 'layers' as const, diff_ids: [diffId] },
  };
  store.images.write(config, { names: [`worker:${tag}`, 'shared:latest'] });
  writeSync(1, `wrote worker:${tag}\n`);
}

await work(process.argv[2] ?? '', process.argv[3] ?? '', Number(process.argv[4]));

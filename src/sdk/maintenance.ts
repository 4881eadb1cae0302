import { listContainers, sandbox, sweepContainers } from '../container/index.ts';
import { type Finding, measureStore, pruneStore as pruneStored, verifyStore as verifyStored } from '../store/index.ts';
import { type Common, rootOf, withStore } from './session.ts';

/** What a pruning removed. */
export interface PruneReport {
  /** In words, one for each kind of thing that was removed. */
  readonly removed: readonly string[];
  readonly freedBytes: number;
}

/**
 * Removes what nothing uses: images without a name, blobs and snapshots that no image and no container reaches, leftovers
 * of processes that died; with `all` also images that no container uses, and every build record.
 *
 * @throws PlinthError `store-busy`
 */
export function pruneStore(
  options: Common & { readonly all?: boolean; readonly signal?: AbortSignal },
): Promise<PruneReport> {
  const { all = false, signal } = options;
  const sand = sandbox(rootOf(options));
  return withStore(options, async (store) => {
    const removeDirectory = (path: string): Promise<void> => sand.removeDirectory(path);
    const containers = await sweepContainers(store, removeDirectory);
    const report = await pruneStored(store, {
      all,
      ...(signal === undefined ? {} : { signal }),
      removeDirectory,
    });
    const images = report.images.map(({ digest, names }) => `image ${names.join(', ') || digest}`);
    const counts = [
      countText(containers, 'container'),
      countText(report.blobs, 'blob'),
      countText(report.records, 'build record'),
      countText(report.snapshots, 'snapshot'),
      countText(report.temporaries, 'leftover'),
    ];
    return { removed: [...images, ...counts.flat()], freedBytes: report.freedBytes };
  });
}

function countText(count: number, noun: string): string[] {
  return count === 0 ? [] : [`${count} ${noun}${count === 1 ? '' : 's'}`];
}

/** One kind of thing that takes space. */
export interface UsageRow {
  readonly kind: string;
  readonly total: number;
  /** How many of them are in use. */
  readonly active: number;
  readonly sizeBytes: number;
  /** What {@link pruneStore} with `all` would free at most. */
  readonly reclaimableBytes: number;
}

/** What takes space in the store. */
export function storeUsage(options: Common = {}): Promise<readonly UsageRow[]> {
  return withStore(options, (store) => {
    const usage = measureStore(store);
    const containers = listContainers(store);
    const used = new Set(containers.map(({ imageId }) => imageId));
    const running = containers.filter(({ status }) => status === 'running').length;
    const { images, records, snapshots } = usage;
    return [
      row('Images', images, used.size),
      { kind: 'Containers', total: containers.length, active: running, sizeBytes: 0, reclaimableBytes: 0 },
      row('Snapshots', snapshots, running),
      row('Build cache', records, 0),
    ];
  });
}

interface Measured {
  readonly count: number;
  readonly sizeBytes: number;
  readonly reclaimableBytes: number;
}

function row(kind: string, { count, sizeBytes, reclaimableBytes }: Measured, active: number): UsageRow {
  return { kind, total: count, active, sizeBytes, reclaimableBytes };
}

/** Reads everything in the store and says what is wrong; an empty list means that all of it is sound. */
export function verifyStore(options: Common & { readonly signal?: AbortSignal } = {}): Promise<readonly Finding[]> {
  return withStore(options, (store) =>
    verifyStored(store, options.signal === undefined ? {} : { signal: options.signal }),
  );
}

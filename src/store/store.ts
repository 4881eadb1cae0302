import { type ChainId, chainId, type DiffId } from '../bytes/index.ts';
import { hostPlatform, type Platform } from '../oci/index.ts';
import { applyLayer, Tree } from '../tree/index.ts';
import { BlobPool } from './blob-pool.ts';
import { BlobStore } from './blob-store.ts';
import { ImageStore } from './image-store.ts';
import { IndexFile } from './index-file.ts';
import { LayerStore } from './layer-store.ts';
import { StoreLocks, type WaitOptions } from './locks.ts';
import type { StorePaths } from './paths.ts';
import { RecordCache } from './record-cache.ts';
import { StoreFiles } from './store-files.ts';

/** The most trees kept, so that steps of one build that share their parents share the nodes. */
const TREES_LIMIT = 16;

export interface OpenStoreOptions {
  /** Which image of an index of several platforms is meant; default: this machine's. */
  readonly platform?: Platform;
}

/** Blobs, layers, images and build records below one directory; safe for several processes at once. */
export class Store implements Disposable {
  readonly paths: StorePaths;
  readonly platform: Platform;
  readonly blobs: BlobStore;
  readonly layers: LayerStore;
  readonly images: ImageStore;
  readonly cache: RecordCache;
  readonly index: IndexFile;
  readonly locks: StoreLocks;
  readonly files: StoreFiles;
  readonly #pool: BlobPool;
  readonly #trees = new Map<ChainId, Tree>();

  constructor(root: string, options: OpenStoreOptions = {}) {
    this.files = new StoreFiles(root);
    this.paths = this.files.paths;
    this.platform = options.platform ?? hostPlatform(process.platform, process.arch);
    this.locks = new StoreLocks(this.files);
    this.index = new IndexFile(this.files, this.locks);
    this.blobs = new BlobStore(this.files);
    this.#pool = new BlobPool(this.blobs);
    this.layers = new LayerStore(this.files, this.blobs, this.#pool);
    this.images = new ImageStore(this.blobs, this.index, this.platform);
    this.cache = new RecordCache(this.files);
  }

  /**
   * The tree that the layers make, lowest first. File contents are read from the layers when they are needed, until the
   * store is closed. Trees of the same layers share their nodes.
   *
   * @throws PlinthError `blob-missing`, and those of the archive and tree rooms for a damaged layer
   */
  tree(diffIds: readonly DiffId[]): Tree {
    let tree = new Tree();
    let chain: ChainId | undefined;
    for (const diffId of diffIds) {
      chain = chainId(chain, diffId);
      const known = this.#trees.get(chain);
      tree = known ?? applyLayer(tree, this.layers.read(diffId));
      this.#remember(chain, tree);
    }
    return tree;
  }

  /**
   * Keeps blobs that no image names yet from being pruned, until it is disposed. Taken before the first write; what was
   * found in the store before must be looked for again after.
   *
   * @throws PlinthError `store-busy`
   */
  hold(options?: WaitOptions): Promise<Disposable> {
    return this.locks.hold(options);
  }

  /** Closes the files that trees read from. */
  close(): void {
    this.#pool.close();
    this.#trees.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #remember(chain: ChainId, tree: Tree): void {
    this.#trees.delete(chain);
    this.#trees.set(chain, tree);
    const [oldest] = this.#trees.keys();
    if (this.#trees.size > TREES_LIMIT && oldest !== undefined) this.#trees.delete(oldest);
  }
}

/**
 * Opens the store below `root`. Nothing is made before the first write, and little is read.
 *
 * @throws PlinthError `store-newer`, `store-invalid`, `store-unreadable`
 */
export function openStore(root: string, options?: OpenStoreOptions): Store {
  return new Store(root, options);
}

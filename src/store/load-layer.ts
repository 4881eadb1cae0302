import type { DiffId } from '../bytes/index.ts';
import { PlinthError } from '../errors/index.ts';
import type { StoreErrorCode } from './error.ts';
import { expand } from './expand.ts';
import type { LayerWriter } from './layer-store.ts';
import type { LoadContext } from './load.ts';
import type { StagedFile } from './staging.ts';
import type { Store } from './store.ts';

/** The layers of an archive, each verified once; disposing drops those that were not committed. */
export class StagedLayers implements Disposable {
  readonly #store: Store;
  readonly #context: LoadContext;
  readonly #layers = new Map<DiffId, LayerWriter>();

  constructor(store: Store, context: LoadContext) {
    this.#store = store;
    this.#context = context;
  }

  /**
   * Checks that `file`, in any compression, is a layer and the one that the configuration means.
   *
   * @throws PlinthError `blob-corrupt`, and those of the archive and tree rooms for a damaged layer
   */
  async add(file: StagedFile, diffId: DiffId): Promise<void> {
    if (this.#layers.has(diffId)) return;
    const plain = file.summary.digest === diffId;
    const writer = plain ? this.#store.layers.adopt(file.writer) : await this.#expand(file);
    try {
      const actual = writer.check().diffId;
      if (actual !== diffId) throw wrongLayer(file, diffId, actual);
    } catch (error) {
      writer.abort();
      throw error;
    }
    this.#layers.set(diffId, writer);
  }

  /** Puts all layers at their places. */
  commit(): void {
    for (const writer of this.#layers.values()) writer.commit();
  }

  [Symbol.dispose](): void {
    for (const writer of this.#layers.values()) writer.abort();
  }

  async #expand(file: StagedFile): Promise<LayerWriter> {
    const writer = this.#store.layers.create();
    try {
      for await (const chunk of expand(file.chunks(), file.path, this.#context.limits)) {
        this.#context.signal?.throwIfAborted();
        writer.write(chunk);
      }
      return writer;
    } catch (error) {
      writer.abort();
      throw error;
    }
  }
}

function wrongLayer(file: StagedFile, expected: DiffId, actual: DiffId): PlinthError<StoreErrorCode> {
  return new PlinthError<StoreErrorCode>(`read layer ${file.path}: its digest is ${actual}, want ${expected}`, {
    code: 'blob-corrupt',
    hint: 'The archive is damaged or was changed: fetch or save it again.',
    details: { path: file.path, expected, actual },
  });
}

/** The error for an archive whose parts do not fit together. */
export function invalidArchive(fact: string): PlinthError<StoreErrorCode> {
  return new PlinthError<StoreErrorCode>(`read image archive: ${fact}`, {
    code: 'image-archive-invalid',
    hint: 'The archive is incomplete or damaged: save it again.',
  });
}

import { join } from 'node:path';
import { decodeTarIndex, encodeTarIndex, scanTar, type TarEntry, TarIndexEncoder } from '../archive/index.ts';
import { type DiffId, digestHex } from '../bytes/index.ts';
import { isPlinthError, PlinthError } from '../errors/index.ts';
import { applyLayer, type LayerEntry, readLayer, Tree } from '../tree/index.ts';
import type { BlobPool } from './blob-pool.ts';
import { type BlobStore, openFile } from './blob-store.ts';
import type { BlobWriter } from './blob-writer.ts';
import type { StoreErrorCode } from './error.ts';
import { readOptionalFile, type StoreFiles } from './store-files.ts';

/** What a layer is known by. */
export interface LayerSummary {
  readonly diffId: DiffId;
  readonly sizeBytes: number;
}

/** The layers of a store: uncompressed tars among the blobs, each with an index of its entries in layers/. */
export class LayerStore {
  readonly #files: StoreFiles;
  readonly #blobs: BlobStore;
  readonly #pool: BlobPool;

  constructor(files: StoreFiles, blobs: BlobStore, pool: BlobPool) {
    this.#files = files;
    this.#blobs = blobs;
    this.#pool = pool;
  }

  has(diffId: DiffId): boolean {
    return this.#blobs.has(diffId);
  }

  /** Begins a layer. @throws PlinthError `disk-full`, `store-unwritable` */
  create(): LayerWriter {
    return this.adopt(this.#blobs.create());
  }

  /** A layer whose bytes are written to `blob` already, or in part. The layer's writer ends it. */
  adopt(blob: BlobWriter): LayerWriter {
    return new LayerWriter(blob, (diffId, index) => this.#writeIndex(diffId, index));
  }

  /**
   * The entries of the layer's tar, from its index; a lost or damaged index is made again from the tar.
   *
   * @throws PlinthError `blob-missing`, `blob-corrupt`
   */
  entries(diffId: DiffId): TarEntry[] {
    const sizeBytes = this.#blobs.sizeOf(diffId);
    const bytes = readOptionalFile(this.indexPath(diffId));
    const known = bytes === undefined ? undefined : decodeOrNothing(bytes);
    if (known?.every((entry) => entry.dataOffsetBytes + entry.storedBytes <= sizeBytes)) return known;
    const entries = this.#scan(diffId);
    this.#writeIndex(diffId, encodeTarIndex(entries));
    return entries;
  }

  /** The layer as what it does to a tree; contents are read from the blob when they are needed. */
  read(diffId: DiffId): LayerEntry[] {
    return readLayer(this.entries(diffId), this.#pool.source(diffId));
  }

  indexPath(diffId: DiffId): string {
    return join(this.#files.paths.layers, digestHex(diffId));
  }

  #scan(diffId: DiffId): TarEntry[] {
    try {
      return [...scanTar(this.#pool.source(diffId))];
    } catch (cause) {
      if (!isPlinthError(cause) || !cause.code.startsWith('tar-')) throw cause;
      throw new PlinthError<StoreErrorCode>(`read layer ${diffId}: it is damaged: ${cause.message}`, {
        code: 'blob-corrupt',
        hint: 'Remove the image, and build it with --no-cache or load it again.',
        cause,
        details: { digest: diffId },
      });
    }
  }

  /** Not durable, since it carries a checksum and can be made again at any time. */
  #writeIndex(diffId: DiffId, index: Buffer): void {
    this.#files.replace(this.indexPath(diffId), index, { durable: false });
  }
}

function decodeOrNothing(bytes: Uint8Array): TarEntry[] | undefined {
  try {
    return decodeTarIndex(bytes);
  } catch (error) {
    if (isPlinthError(error)) return undefined;
    throw error;
  }
}

/** Writes one layer, an uncompressed tar. Exactly one of commit and abort ends it; `using` aborts what was not committed. */
export class LayerWriter {
  readonly #blob: BlobWriter;
  readonly #writeIndex: (diffId: DiffId, index: Buffer) => void;
  /** Of the entries that the writer told of. */
  #index: TarIndexEncoder | undefined;
  /** Those that were found in the tar. */
  #scanned: readonly TarEntry[] | undefined;

  constructor(blob: BlobWriter, writeIndex: (diffId: DiffId, index: Buffer) => void) {
    this.#blob = blob;
    this.#writeIndex = writeIndex;
  }

  get sizeBytes(): number {
    return this.#blob.sizeBytes;
  }

  /** Adds bytes of the tar; the chunk may be reused afterwards. @throws PlinthError `disk-full`, `store-unwritable` */
  write(chunk: Uint8Array): void {
    this.#blob.write(chunk);
  }

  /** Tells of an entry of the tar, in their order: of all or of none. A tar without is scanned for them. */
  addEntry(entry: TarEntry): void {
    this.#index ??= new TarIndexEncoder();
    this.#index.add(entry);
  }

  /**
   * Ends writing, reads the tar back as a layer to see that it is one, and tells what it is; it lies in tmp/ still.
   * For bytes from outside.
   */
  check(): LayerSummary {
    const { digest, sizeBytes } = this.#blob.seal();
    using source = openFile(this.#blob.temporaryPath);
    const entries = [...scanTar(source)];
    readLayer(entries, source);
    this.#scanned = entries;
    return { diffId: digest as DiffId, sizeBytes };
  }

  /** After {@link check}: sees that the layer makes a tree of nothing. @throws PlinthError as `applyLayer` */
  checkApplies(): void {
    using source = openFile(this.#blob.temporaryPath);
    applyLayer(new Tree(), readLayer(this.#scanned ?? [], source));
  }

  /** Puts the layer and its index at their places. */
  commit(): LayerSummary {
    try {
      if (this.#index === undefined && this.#scanned === undefined) this.check();
      const { digest, sizeBytes } = this.#blob.commit();
      const diffId = digest as DiffId;
      this.#writeIndex(diffId, this.#index?.finish() ?? encodeTarIndex(this.#scanned ?? []));
      return { diffId, sizeBytes };
    } finally {
      this.abort();
    }
  }

  abort(): void {
    this.#blob.abort();
  }

  [Symbol.dispose](): void {
    this.abort();
  }
}

import { createHash } from 'node:crypto';
import { closeSync, fdatasync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { type Digest, finishDigest } from '../bytes/index.ts';
import { PlinthError } from '../errors/index.ts';
import { type StoreErrorCode, writing } from './error.ts';
import { type StoreFiles, writeAll } from './store-files.ts';

/** What a blob is known by. */
export interface BlobSummary {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

const BUFFER_BYTES = 1 << 20;
/** So often the disk is asked to begin writing, so that the sync at the end finds little left to do. */
const WRITEBACK_BYTES = 32 << 20;

/**
 * Writes one blob: first to tmp/, on {@link commit} to its place. Exactly one of commit and abort ends it; `using` aborts
 * what was not committed.
 */
export class BlobWriter {
  /** Where the bytes lie until commit. */
  readonly temporaryPath: string;
  readonly #pathOf: (digest: Digest) => string;
  readonly #hash = createHash('sha256');
  #fd: number;
  #buffer: Buffer | undefined;
  #bufferedBytes = 0;
  #sizeBytes = 0;
  #unsyncedBytes = 0;
  #summary: BlobSummary | undefined;
  #ended = false;

  /** @throws PlinthError `disk-full`, `store-unwritable` */
  constructor(files: StoreFiles, pathOf: (digest: Digest) => string) {
    files.ready();
    this.#pathOf = pathOf;
    this.temporaryPath = files.temporary();
    this.#fd = writing(this.temporaryPath, () => openSync(this.temporaryPath, 'wx', 0o644));
  }

  /** The bytes written so far. */
  get sizeBytes(): number {
    return this.#sizeBytes + this.#bufferedBytes;
  }

  /** Adds bytes; the chunk may be reused afterwards. @throws PlinthError `disk-full`, `store-unwritable` */
  write(chunk: Uint8Array): void {
    if (this.#bufferedBytes + chunk.length > BUFFER_BYTES) this.#flush();
    if (chunk.length >= BUFFER_BYTES / 4 && this.#bufferedBytes === 0) {
      this.#put(chunk);
      return;
    }
    this.#buffer ??= Buffer.allocUnsafe(BUFFER_BYTES);
    this.#buffer.set(chunk, this.#bufferedBytes);
    this.#bufferedBytes += chunk.length;
  }

  /** Ends writing and tells what the blob is; it lies in tmp/ still, and holds no open file. */
  seal(): BlobSummary {
    const summary = this.#finish();
    this.#close();
    return summary;
  }

  /**
   * Puts the blob at its place, durably but for the name, which the writer of index.json makes durable. If the store
   * has it already nothing is written, but with `replace`, for one that is damaged. With `expected`, other bytes than those are refused and nothing is left.
   *
   * @throws PlinthError `blob-corrupt`, `disk-full`, `store-unwritable`
   */
  commit(expected?: Partial<BlobSummary>, { replace = false }: { readonly replace?: boolean } = {}): BlobSummary {
    try {
      const summary = this.#finish();
      checkSummary(summary, expected);
      const path = this.#pathOf(summary.digest);
      if (!replace && statSync(path, { throwIfNoEntry: false })?.size === summary.sizeBytes) {
        this.abort();
        return summary;
      }
      writing(path, () => {
        if (this.#fd < 0) this.#fd = openSync(this.temporaryPath, 'r');
        fsyncSync(this.#fd);
        this.#close();
        renameSync(this.temporaryPath, path);
      });
      this.#ended = true;
      return summary;
    } catch (error) {
      this.abort();
      throw error;
    }
  }

  /** Gives up what is not committed and leaves nothing. */
  abort(): void {
    this.#close();
    if (this.#ended) return;
    this.#ended = true;
    rmSync(this.temporaryPath, { force: true });
  }

  [Symbol.dispose](): void {
    this.abort();
  }

  #finish(): BlobSummary {
    if (this.#summary !== undefined) return this.#summary;
    this.#flush();
    this.#buffer = undefined;
    this.#summary = { digest: finishDigest(this.#hash), sizeBytes: this.#sizeBytes };
    return this.#summary;
  }

  #flush(): void {
    const bytes = this.#bufferedBytes;
    this.#bufferedBytes = 0;
    if (bytes > 0 && this.#buffer !== undefined) this.#put(this.#buffer.subarray(0, bytes));
  }

  #put(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    writing(this.temporaryPath, () => writeAll(this.#fd, bytes));
    this.#sizeBytes += bytes.length;
    this.#unsyncedBytes += bytes.length;
    if (this.#unsyncedBytes < WRITEBACK_BYTES) return;
    this.#unsyncedBytes = 0;
    // In the thread pool, beside our own work; errors come again at the sync that counts.
    fdatasync(this.#fd, () => undefined);
  }

  #close(): void {
    if (this.#fd < 0) return;
    closeSync(this.#fd);
    this.#fd = -1;
  }
}

function checkSummary(actual: BlobSummary, expected: Partial<BlobSummary> | undefined): void {
  const { digest = actual.digest, sizeBytes = actual.sizeBytes } = expected ?? {};
  if (digest === actual.digest && sizeBytes === actual.sizeBytes) return;
  const fact =
    sizeBytes === actual.sizeBytes
      ? `its digest is ${actual.digest}`
      : `it has ${actual.sizeBytes} bytes, want ${sizeBytes}`;
  throw new PlinthError<StoreErrorCode>(`write blob ${digest}: ${fact}`, {
    code: 'blob-corrupt',
    hint: 'The source is damaged or was changed: fetch it again.',
    details: { expected, actual },
  });
}

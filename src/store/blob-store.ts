import { closeSync, fstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Digest, digestHex, digestOf } from '../bytes/index.ts';
import { PlinthError, systemErrorCode } from '../errors/index.ts';
import type { ByteSource } from '../tree/index.ts';
import { BlobWriter } from './blob-writer.ts';
import { reading, type StoreErrorCode } from './error.ts';
import { readOptionalFile, type StoreFiles } from './store-files.ts';

/** A blob opened for reading at random; whoever opened it closes it. */
export interface OpenBlob extends ByteSource, Disposable {
  close(): void;
}

/** The blobs of a store, by digest, in `oci/blobs/sha256`. Every method is atomic; writing what is there does nothing. */
export class BlobStore {
  readonly #files: StoreFiles;

  constructor(files: StoreFiles) {
    this.#files = files;
  }

  /** Where the blob lies, whether or not it is there. */
  path(digest: Digest): string {
    return join(this.#files.paths.blobs, digestHex(digest));
  }

  has(digest: Digest): boolean {
    return statSync(this.path(digest), { throwIfNoEntry: false }) !== undefined;
  }

  /** @throws PlinthError `blob-missing` */
  sizeOf(digest: Digest): number {
    const path = this.path(digest);
    const stat = reading(path, () => statSync(path, { throwIfNoEntry: false }));
    if (stat === undefined) throw missingBlob(digest);
    return stat.size;
  }

  /** @throws PlinthError `blob-missing`, `store-unreadable` */
  open(digest: Digest): OpenBlob {
    const path = this.path(digest);
    return orMissing(digest, () => openFile(path));
  }

  /** All bytes of a small blob, with their digest checked. @throws PlinthError `blob-missing`, `blob-corrupt` */
  readAll(digest: Digest): Buffer {
    const path = this.path(digest);
    const bytes = orMissing(digest, () => reading(path, () => readFileSync(path)));
    const actual = digestOf(bytes);
    if (actual !== digest) throw corruptBlob(digest, actual);
    return bytes;
  }

  /** Writes a small blob. @throws PlinthError `disk-full`, `store-unwritable` */
  put(bytes: Uint8Array): Digest {
    const digest = digestOf(bytes);
    if (readOptionalFile(this.path(digest))?.equals(bytes)) return digest;
    using writer = this.create();
    writer.write(bytes);
    return writer.commit({}, { replace: true }).digest;
  }

  /** Begins a blob. @throws PlinthError `disk-full`, `store-unwritable` */
  create(): BlobWriter {
    return new BlobWriter(this.#files, (digest) => this.path(digest));
  }
}

/** Opens any file for reading at random; the caller closes it. @throws PlinthError `store-unreadable` */
export function openFile(path: string): OpenBlob {
  const fd = reading(path, () => openSync(path, 'r'));
  const close = (): void => closeSync(fd);
  return {
    sizeBytes: fstatSync(fd).size,
    read: (into, positionBytes) => readFully(fd, path, { into, positionBytes }),
    close,
    [Symbol.dispose]: close,
  };
}

/** Opens the file of a blob for reading; the caller closes it. @throws PlinthError `blob-missing`, `store-unreadable` */
export function openBlobFile(digest: Digest, path: string): number {
  return orMissing(digest, () => reading(path, () => openSync(path, 'r')));
}

/** Reads until `into` is full or the file ends. */
export function readFully(
  fd: number,
  path: string,
  { into, positionBytes }: { readonly into: Uint8Array; readonly positionBytes: number },
): number {
  return reading(path, () => {
    let done = 0;
    while (done < into.length) {
      const count = readSync(fd, into, done, into.length - done, positionBytes + done);
      if (count === 0) break;
      done += count;
    }
    return done;
  });
}

function orMissing<Result>(digest: Digest, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    if (error instanceof PlinthError && systemErrorCode(error.cause) === 'ENOENT') throw missingBlob(digest);
    throw error;
  }
}

/** The error for a blob that should be there. */
export function missingBlob(digest: Digest): PlinthError<StoreErrorCode> {
  return new PlinthError<StoreErrorCode>(`read blob ${digest}: it is not in the store`, {
    code: 'blob-missing',
    hint: 'It may have been pruned: build or load the image again.',
    details: { digest },
  });
}

/** The error for a blob whose bytes have changed. */
export function corruptBlob(digest: Digest, actual: Digest): PlinthError<StoreErrorCode> {
  return new PlinthError<StoreErrorCode>(`read blob ${digest}: its bytes have the digest ${actual}`, {
    code: 'blob-corrupt',
    hint: 'Remove the image, and build or load it again.',
    details: { expected: digest, actual },
  });
}

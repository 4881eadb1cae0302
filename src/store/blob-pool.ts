import { closeSync } from 'node:fs';
import type { Digest } from '../bytes/index.ts';
import { PlinthError } from '../errors/index.ts';
import type { ByteSource } from '../tree/index.ts';
import { type BlobStore, openBlobFile, readFully } from './blob-store.ts';
import type { StoreErrorCode } from './error.ts';

/** The most files kept open at once; far below any usual limit, far above the layers of most images. */
const OPEN_LIMIT = 64;

/** Reads many blobs at random through few open files: the one not used for longest is closed first. */
export class BlobPool {
  readonly #blobs: BlobStore;
  /** In order of use, the latest last. */
  readonly #open = new Map<Digest, number>();

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
  }

  /** The bytes of a blob, valid as long as the pool; nothing is opened before the first read. @throws PlinthError `blob-missing` */
  source(digest: Digest): ByteSource {
    const sizeBytes = this.#blobs.sizeOf(digest);
    return {
      sizeBytes,
      read: (into, positionBytes) => {
        const count = readFully(this.#file(digest), this.#blobs.path(digest), { into, positionBytes });
        if (count < into.length && positionBytes + count < sizeBytes) throw shortBlob(digest, sizeBytes);
        return count;
      },
    };
  }

  /** Closes all files; a later read opens its file again. */
  close(): void {
    for (const fd of this.#open.values()) closeSync(fd);
    this.#open.clear();
  }

  #file(digest: Digest): number {
    const known = this.#open.get(digest);
    if (known !== undefined) {
      if (this.#open.size > 1) {
        this.#open.delete(digest);
        this.#open.set(digest, known);
      }
      return known;
    }
    const fd = openBlobFile(digest, this.#blobs.path(digest));
    this.#open.set(digest, fd);
    const [oldest] = this.#open;
    if (this.#open.size > OPEN_LIMIT && oldest !== undefined) {
      this.#open.delete(oldest[0]);
      closeSync(oldest[1]);
    }
    return fd;
  }
}

function shortBlob(digest: Digest, sizeBytes: number): PlinthError<StoreErrorCode> {
  return new PlinthError<StoreErrorCode>(`read blob ${digest}: it has fewer than the ${sizeBytes} bytes it had`, {
    code: 'blob-corrupt',
    details: { digest },
  });
}

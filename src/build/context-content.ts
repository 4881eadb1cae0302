import { createHash, type Hash, hash as hashOnce } from 'node:crypto';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import type { ByteString } from '../bytes/index.ts';
import { decodeText } from '../bytes/index.ts';
import { errorFact, isPlinthError, type PlinthError, systemErrorCode } from '../errors/index.ts';
import { hostPath } from '../host/index.ts';
import type { Content } from '../tree/index.ts';
import { buildError } from './error.ts';
import type { Fingerprint } from './stat-columns.ts';

/** A link or a pipe put in the file's place is not followed and does not block. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** What it tells when a file cannot be opened or read that was there as a file. */
const FACTS_OF_CHANGE: Readonly<Record<string, string>> = {
  ENOENT: 'it is gone',
  ENOTDIR: 'it is gone',
  ELOOP: 'it is no file any more',
  EISDIR: 'it is no file any more',
  ENXIO: 'it is no file any more',
  ESPIPE: 'it is no file any more',
};

/** A file that is read, and is told what it held. */
export interface DigestedFile {
  /** Path below the context directory. */
  readonly contextPath: ByteString;
  readonly hostName: ByteString;
  readonly sizeBytes: number;
  /** The sha256 of the bytes that were read last, once they all were, in order. */
  digest: Fingerprint | undefined;
}

/**
 * The bytes of a file of the build context, as long as it was when its directory was read.
 *
 * No descriptor stays open between reads: opening again costs 10 µs, and a chunk is up to 1 MB. A read from begin to
 * end also digests what it gave out, so that what lies in a layer and what its cache key says can never differ.
 */
export class ContextContent implements Content {
  readonly sizeBytes: number;
  readonly #file: DigestedFile;
  #hash: Hash | undefined;
  #hashedBytes = 0;

  constructor(file: DigestedFile) {
    this.#file = file;
    this.sizeBytes = file.sizeBytes;
  }

  read(into: Uint8Array, positionBytes: number): number {
    const wanted = Math.min(into.length, Math.max(0, this.sizeBytes - positionBytes));
    if (wanted === 0) return 0;
    this.#fill(into, { positionBytes, wanted });
    this.#digestPart(wanted === into.length ? into : into.subarray(0, wanted), positionBytes);
    return wanted;
  }

  #fill(into: Uint8Array, { positionBytes, wanted }: { positionBytes: number; wanted: number }): void {
    const fd = this.#open();
    try {
      for (let done = 0; done < wanted; ) {
        const count = readSync(fd, into, done, wanted - done, positionBytes + done);
        if (count === 0) throw this.#changed(`it ended after ${positionBytes + done} of ${this.sizeBytes} bytes`);
        done += count;
      }
    } catch (cause) {
      throw this.#failed(cause);
    } finally {
      closeSync(fd);
    }
  }

  #open(): number {
    try {
      return openSync(hostPath(this.#file.hostName), FLAGS);
    } catch (cause) {
      throw this.#failed(cause);
    }
  }

  #failed(cause: unknown): unknown {
    if (isPlinthError(cause)) return cause;
    const fact = FACTS_OF_CHANGE[systemErrorCode(cause) ?? ''];
    if (fact !== undefined) return this.#changed(fact, cause);
    const path = decodeText(this.#file.contextPath);
    return buildError('context-unreadable', `read ${path}: ${errorFact(cause)}`, {
      cause,
      hint: 'Make the file readable, or list it in .dockerignore.',
      details: { path },
    });
  }

  #digestPart(part: Uint8Array, positionBytes: number): void {
    if (positionBytes === 0) {
      this.#file.digest = undefined;
      this.#hash = undefined;
      this.#hashedBytes = 0;
      if (part.length === this.sizeBytes) {
        this.#file.digest = hashOnce('sha256', part, 'latin1') as Fingerprint;
        return;
      }
      this.#hash = createHash('sha256');
    }
    if (this.#hash === undefined || positionBytes !== this.#hashedBytes) return;
    this.#hash.update(part);
    this.#hashedBytes += part.length;
    if (this.#hashedBytes < this.sizeBytes) return;
    this.#file.digest = this.#hash.digest('latin1') as Fingerprint;
    this.#hash = undefined;
  }

  #changed(fact: string, cause?: unknown) {
    return sourceChanged(this.#file.contextPath, fact, cause);
  }
}

/** The error for what is not any more what it was when its directory was read. */
export function sourceChanged(contextPath: ByteString, fact: string, cause?: unknown): PlinthError {
  const path = decodeText(contextPath);
  return buildError('source-changed', `read ${path}: ${fact}`, {
    cause,
    hint: 'Something writes to the build context while it is read; build again when it is done.',
    details: { path },
  });
}

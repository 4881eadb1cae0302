import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { PlinthError } from '../errors/index.ts';
import { readOptionalFile, type StoreFiles } from './store-files.ts';

/** `plinth-cache 1 `, 16 hex digits of the value's sha256, a line feed; then the value. */
const HEADER = 'plinth-cache 1 ';
const HEADER_BYTES = HEADER.length + 16 + 1;
const KEY = /^[0-9a-f]{8,128}$/;

/**
 * Small records by key, one file each. A record that is lost or damaged is just not there, so writing one needs no sync,
 * and a record that could not be written is no error. What they hold is their writer's affair, but a record that tells of
 * a layer as JSON does, `"diffId":"sha256:…"`, is pruned after that layer.
 */
export class RecordCache {
  readonly #files: StoreFiles;

  constructor(files: StoreFiles) {
    this.#files = files;
  }

  /** The record `key` (8 to 128 hex digits), undefined if there is none or it is damaged. */
  read(key: string): Uint8Array | undefined {
    const path = this.#path(key);
    try {
      return decodeRecord(readOptionalFile(path));
    } catch {
      return undefined;
    }
  }

  /** Puts the record `key`, whole or not at all; its value may come in parts. */
  write(key: string, value: Uint8Array | readonly Uint8Array[]): void {
    const path = this.#path(key);
    const parts = value instanceof Uint8Array ? [value] : value;
    try {
      this.#files.replace(path, [header(parts), ...parts], { durable: false });
    } catch (error) {
      if (!(error instanceof PlinthError)) throw error;
    }
  }

  #path(key: string): string {
    if (!KEY.test(key)) throw new RangeError(`not a cache key: ${JSON.stringify(key.slice(0, 100))}`);
    return join(this.#files.paths.cache, key);
  }
}

function header(parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return Buffer.from(`${HEADER}${hash.digest('hex').slice(0, 16)}\n`);
}

/** The value in the bytes of a record file; undefined if they are damaged. */
export function decodeRecord(bytes: Buffer | undefined): Buffer | undefined {
  if (bytes === undefined) return undefined;
  const value = bytes.subarray(HEADER_BYTES);
  return bytes.subarray(0, HEADER_BYTES).equals(header([value])) ? value : undefined;
}

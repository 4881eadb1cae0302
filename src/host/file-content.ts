import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type ByteString, decodeText } from '../bytes/index.ts';
import { PlinthError } from '../errors/index.ts';
import type { ByteSource, Content, Extent } from '../tree/index.ts';
import { type HostErrorCode, hostError } from './host-errors.ts';
import { hostPath } from './host-path.ts';

/** A file held open to be read at random. Its opener closes it. */
export interface FileSource extends ByteSource, Disposable {
  close(): void;
}

/**
 * Opens the file at `path` to be read at random; its size is taken now.
 *
 * @throws PlinthError `host-read-failed`
 */
export function fileSource(path: string): FileSource {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY);
    return new OpenFile(path, fd, fstatSync(fd).size);
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    throw hostError(error, { action: 'open', path });
  }
}

class OpenFile implements FileSource {
  readonly sizeBytes: number;
  readonly #path: string;
  #fd: number | undefined;

  constructor(path: string, fd: number, sizeBytes: number) {
    this.#path = path;
    this.#fd = fd;
    this.sizeBytes = sizeBytes;
  }

  read(into: Uint8Array, positionBytes: number): number {
    try {
      return readFully(this.#fd ?? -1, into, positionBytes);
    } catch (error) {
      throw hostError(error, { action: 'read', path: this.#path });
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * The bytes of the file at `path`, opened when they are read and closed when their end is reached. A file with holes
 * may say where its data lies. The last part of the path is not followed if it is a link.
 *
 * Reading throws PlinthError `host-read-failed`, or `host-file-changed` if the size is not `sizeBytes` any more.
 */
export function fileContent(path: ByteString, sizeBytes: number, extents?: readonly Extent[]): Content {
  return new FileContent(path, sizeBytes, extents);
}

/** How many files that were read in part are kept open. */
const HELD_FILES = 8;

/** Files read in part, the longest unused first. A file read from begin to end in one go never comes here. */
const held = new Map<FileContent, number>();

/** Closes the files that contents hold open because they were not read to their end, as before an unmount. */
export function closeHeldFiles(): void {
  for (const fd of held.values()) closeSync(fd);
  held.clear();
}

class FileContent implements Content {
  readonly sizeBytes: number;
  declare readonly extents?: readonly Extent[];
  readonly #path: ByteString;

  constructor(path: ByteString, sizeBytes: number, extents: readonly Extent[] | undefined) {
    this.#path = path;
    this.sizeBytes = sizeBytes;
    if (extents !== undefined) this.extents = extents;
  }

  read(into: Uint8Array, positionBytes: number): number {
    const left = Math.max(0, this.sizeBytes - positionBytes);
    const part = left < into.length ? into.subarray(0, left) : into;
    if (part.length === 0) return 0;
    const fd = this.#open();
    let isDone = true;
    try {
      const count = readFully(fd, part, positionBytes);
      if (count < part.length) throw this.#changed(positionBytes + count);
      isDone = count === left;
      if (isDone) this.#checkSize(fd);
      return count;
    } catch (error) {
      isDone = true;
      throw hostError(error, { action: 'read', path: this.#path });
    } finally {
      if (isDone) closeSync(fd);
      else this.#hold(fd);
    }
  }

  #open(): number {
    const fd = held.get(this);
    if (fd !== undefined) {
      held.delete(this);
      return fd;
    }
    try {
      // Non-blocking: a pipe put in the file's place must not hang us.
      return openSync(hostPath(this.#path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      throw hostError(error, { action: 'read', path: this.#path });
    }
  }

  #hold(fd: number): void {
    held.set(this, fd);
    if (held.size <= HELD_FILES) return;
    const [[oldest, oldestFd] = []] = held;
    if (oldest === undefined || oldestFd === undefined) return;
    held.delete(oldest);
    closeSync(oldestFd);
  }

  #checkSize(fd: number): void {
    const { size } = fstatSync(fd);
    if (size !== this.sizeBytes) throw this.#changed(size);
  }

  #changed(actual: number): PlinthError<HostErrorCode> {
    const path = decodeText(this.#path);
    return new PlinthError<HostErrorCode>(
      `read ${path}: it changed while being read, from ${this.sizeBytes} to ${actual} bytes`,
      {
        code: 'host-file-changed',
        hint: 'Stop what is writing to it, then try again.',
        details: { path, expected: this.sizeBytes, actual },
      },
    );
  }
}

/** Reads until `into` is full or the file ends. */
function readFully(fd: number, into: Uint8Array, positionBytes: number): number {
  let count = 0;
  while (count < into.length) {
    const got = readSync(fd, into, count, into.length - count, positionBytes + count);
    if (got === 0) break;
    count += got;
  }
  return count;
}

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type ByteString, decodeText } from '../bytes/index.ts';
import { PlinthError } from '../errors/index.ts';
import { type ByteSource, type Content, type Extent, type OpenContent, withOpenContent } from '../tree/index.ts';
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
 * The bytes of the file at `path`. It is opened for each read, which costs 10 µs, or for several if asked to, and never left
 * open: file systems can be unmounted. A file with holes may say where its data lies. The last part of the path is not
 * followed if it is a link.
 *
 * Reading throws PlinthError `host-read-failed`, or `host-file-changed` if the size is not `sizeBytes` any more or
 * another file has taken its place between two reads.
 */
export function fileContent(path: ByteString, sizeBytes: number, extents?: readonly Extent[]): Content {
  return new FileContent(path, sizeBytes, extents);
}

class FileContent implements Content {
  readonly sizeBytes: number;
  declare readonly extents?: readonly Extent[];
  readonly #path: ByteString;
  #inode: number | undefined;

  constructor(path: ByteString, sizeBytes: number, extents: readonly Extent[] | undefined) {
    this.#path = path;
    this.sizeBytes = sizeBytes;
    if (extents !== undefined) this.extents = extents;
  }

  read(into: Uint8Array, positionBytes: number): number {
    return withOpenContent(this, (open) => open.read(into, positionBytes));
  }

  open(): OpenContent {
    return new OpenFileContent(this.#path, this.sizeBytes, (fd) => this.#checkUnchanged(fd));
  }

  /** To be asked after the bytes were read: then they were all there. */
  #checkUnchanged(fd: number): void {
    const { size, ino } = fstatSync(fd);
    if (size !== this.sizeBytes) throw this.#changed(`it has ${size} bytes, not ${this.sizeBytes} any more`);
    this.#inode ??= ino;
    if (ino !== this.#inode) throw this.#changed('another file took its place');
  }

  #changed(fact: string): PlinthError<HostErrorCode> {
    const path = decodeText(this.#path);
    return new PlinthError<HostErrorCode>(`read ${path}: ${fact}`, {
      code: 'host-file-changed',
      hint: 'Stop what is writing to it, then try again.',
      details: { path },
    });
  }
}

/** A link put in the file's place is not followed, and a pipe does not block. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Opens the file at the first read that is not empty, and checks it when it is closed. */
class OpenFileContent implements OpenContent {
  readonly sizeBytes: number;
  readonly #path: ByteString;
  readonly #check: (fd: number) => void;
  #fd: number | undefined;

  constructor(path: ByteString, sizeBytes: number, check: (fd: number) => void) {
    this.#path = path;
    this.sizeBytes = sizeBytes;
    this.#check = check;
  }

  read(into: Uint8Array, positionBytes: number): number {
    const left = Math.max(0, this.sizeBytes - positionBytes);
    const part = left < into.length ? into.subarray(0, left) : into;
    if (part.length === 0) return 0;
    try {
      this.#fd ??= openSync(hostPath(this.#path), FLAGS);
      return readFully(this.#fd, part, positionBytes);
    } catch (error) {
      this.#closeFile();
      throw hostError(error, { action: 'read', path: this.#path });
    }
  }

  close(): void {
    try {
      if (this.#fd !== undefined) this.#check(this.#fd);
    } catch (error) {
      throw hostError(error, { action: 'read', path: this.#path });
    } finally {
      this.#closeFile();
    }
  }

  #closeFile(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
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

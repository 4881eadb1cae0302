import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { PlinthError, systemErrorCode } from '../errors/index.ts';
import { LAYOUT_FILE } from '../oci/index.ts';
import { reading, type StoreErrorCode, writing } from './error.ts';
import { type StorePaths, storePaths } from './paths.ts';

/** The version of the layout of directories and files that this code reads and writes. */
const STORE_VERSION = 1;

/** The files of one store: where they are, and how they are written so that nobody sees half of one. */
export class StoreFiles {
  readonly paths: StorePaths;
  readonly #isNew: boolean;
  #ready = false;
  #counter = 0;

  /** @throws PlinthError `store-newer`, `store-invalid`, `store-unreadable` */
  constructor(root: string) {
    this.paths = storePaths(root);
    this.#isNew = !checkVersion(this.paths.versionFile);
  }

  /** Makes the directories that are missing. Every write calls this first; after the first time it costs nothing. */
  ready(): void {
    if (this.#ready) return;
    const { root, blobs, layers, snapshots, containers, cache, tmp, locks, oci, versionFile } = this.paths;
    // Closed to other users: snapshots hold setuid programs of images.
    writing(root, () => mkdirSync(root, { recursive: true, mode: 0o700 }));
    for (const directory of [blobs, layers, snapshots, containers, cache, tmp, locks]) {
      writing(directory, () => mkdirSync(directory, { recursive: true }));
    }
    this.#ready = true;
    if (!this.#isNew) return;
    this.replace(join(oci, 'oci-layout'), LAYOUT_FILE, { durable: true });
    this.replace(versionFile, Buffer.from(`${STORE_VERSION}\n`), { durable: true });
  }

  /** A path in tmp/ that nothing uses. It begins with our process id, so that prune can tell what is abandoned. */
  temporary(): string {
    return join(this.paths.tmp, `${process.pid}-${this.#counter++}-${randomBytes(6).toString('hex')}`);
  }

  /** Puts a file with these bytes at `path`, whole or not at all; `durable`: also through a loss of power. */
  replace(path: string, bytes: Uint8Array | readonly Uint8Array[], { durable }: { readonly durable: boolean }): void {
    this.ready();
    const temporary = this.temporary();
    try {
      writing(path, () => {
        writeNewFile(temporary, bytes instanceof Uint8Array ? [bytes] : bytes, durable);
        renameSync(temporary, path);
      });
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
    if (durable) syncDirectory(dirname(path));
  }
}

/** Whether there is a store of our version; false if there is none. */
function checkVersion(path: string): boolean {
  const text = readOptionalFile(path)?.toString('latin1').trim();
  if (text === undefined) {
    checkRoot(dirname(path));
    return false;
  }
  const version = /^\d{1,9}$/.test(text) ? Number(text) : undefined;
  if (version === STORE_VERSION) return true;
  if (version !== undefined && version > STORE_VERSION) {
    throw new PlinthError<StoreErrorCode>(
      `open store ${dirname(path)}: its version is ${version}, want ${STORE_VERSION}`,
      {
        code: 'store-newer',
        hint: 'Use the newer Plinth that made it, or choose another store with PLINTH_ROOT.',
        details: { path, actual: version, expected: STORE_VERSION },
      },
    );
  }
  throw new PlinthError<StoreErrorCode>(
    `open store ${dirname(path)}: version is ${JSON.stringify(text.slice(0, 40))}, want ${STORE_VERSION}`,
    {
      code: 'store-invalid',
      hint: 'If this is no store of Plinth, choose another directory with PLINTH_ROOT.',
      details: { path },
    },
  );
}

function checkRoot(root: string): void {
  const isDirectory = statSync(root, { throwIfNoEntry: false })?.isDirectory() ?? true;
  if (isDirectory) return;
  throw new PlinthError<StoreErrorCode>(`open store ${root}: it is no directory`, {
    code: 'store-invalid',
    hint: 'Choose a directory with PLINTH_ROOT.',
    details: { path: root },
  });
}

/** The bytes of the file at `path`; undefined if there is none. */
export function readOptionalFile(path: string): Buffer | undefined {
  try {
    return reading(path, () => readFileSync(path));
  } catch (error) {
    const code = error instanceof PlinthError ? systemErrorCode(error.cause) : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function writeNewFile(path: string, parts: readonly Uint8Array[], durable: boolean): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o644);
  try {
    for (const part of parts) writeAll(fd, part);
    if (durable) fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Writes all of `bytes`; one call may take fewer, as on an almost full disk. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done);
}

/** Makes the names in a directory survive a loss of power. */
export function syncDirectory(path: string): void {
  writing(path, () => {
    const fd = openSync(path, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  });
}

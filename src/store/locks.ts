import { closeSync, constants, fchmodSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PlinthError } from '../errors/index.ts';
import { lockFile } from '../host/index.ts';
import { reading, type StoreErrorCode, writing } from './error.ts';
import type { StoreFiles } from './store-files.ts';

const POLL_MS = 20;

const MODE = 0o644;
/** Marks the lock file of a store that is held alone: on a full disk a file more could not be made. */
const ALONE_MODE = 0o744;

export interface WaitOptions {
  /** How long to wait for others; default 60 s. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * The locks of a store, all flock(2), so that the kernel frees them when a process dies.
 *
 * - `locks/index`: exclusive, while index.json is changed; held for milliseconds, within one synchronous call.
 * - `locks/hold`: shared while someone writes blobs that no image names yet; exclusive while blobs are removed, and
 *   executable then.
 *
 * Readers take none.
 */
export class StoreLocks {
  readonly #files: StoreFiles;

  constructor(files: StoreFiles) {
    this.#files = files;
  }

  /** Runs `act` alone among all who change index.json. `act` must be synchronous. */
  withIndex<Result>(act: () => Result): Result {
    const fd = this.#open('index');
    try {
      lockFile(fd, 'exclusive', true);
      return act();
    } finally {
      closeSync(fd);
    }
  }

  /**
   * Keeps blobs from being removed until it is disposed.
   *
   * @throws PlinthError `store-busy` if someone still removes blobs when the time is up
   */
  hold(options: WaitOptions = {}): Promise<Disposable> {
    return this.#acquire('shared', options);
  }

  /**
   * Waits until nobody holds the store, then keeps others from it until disposed.
   *
   * @throws PlinthError `store-busy` if someone still writes when the time is up
   */
  holdAlone(options: WaitOptions = {}): Promise<Disposable> {
    return this.#acquire('exclusive', options);
  }

  /** Like {@link holdAlone}, but undefined at once if someone holds the store. */
  tryHoldAlone(): Disposable | undefined {
    return this.#try('exclusive');
  }

  /**
   * Whether someone may hold the store alone: a look that needs no native call. Whoever holds it alone has marked the
   * lock file before it looks at anything; whether the mark is that of a process that died, /proc/locks tells, which
   * takes 20 ms to read and sees neither other machines nor outer pid namespaces.
   */
  mayBeHeldAlone(): boolean {
    const path = join(this.#files.paths.locks, 'hold');
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined || (stat.mode & BigInt(ALONE_MODE ^ MODE)) === 0n) return false;
    const exclusive = new RegExp(`FLOCK +ADVISORY +WRITE +\\S+ +\\S+:${stat.ino} `);
    return exclusive.test(reading('/proc/locks', () => readFileSync('/proc/locks', 'latin1')));
  }

  async #acquire(mode: 'shared' | 'exclusive', { waitMs = 60_000, signal }: WaitOptions): Promise<Disposable> {
    for (let waitedMs = 0; ; waitedMs += POLL_MS) {
      signal?.throwIfAborted();
      const held = this.#try(mode);
      if (held !== undefined) return held;
      if (waitedMs >= waitMs) throw storeBusy(this.#files.paths.root, mode);
      await sleep(POLL_MS, undefined, signal === undefined ? {} : { signal });
    }
  }

  #try(mode: 'shared' | 'exclusive'): Disposable | undefined {
    const fd = this.#open('hold');
    try {
      if (lockFile(fd, mode, false)) {
        const marked = mode === 'exclusive';
        if (marked) fchmodSync(fd, ALONE_MODE);
        let held = true;
        return {
          [Symbol.dispose]: () => {
            if (!held) return;
            held = false;
            // While the lock is held: the mark of the next holder must not be taken for ours.
            if (marked) fchmodSync(fd, MODE);
            closeSync(fd);
          },
        };
      }
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    closeSync(fd);
    return undefined;
  }

  #open(name: string): number {
    this.#files.ready();
    const path = join(this.#files.paths.locks, name);
    return writing(path, () => openSync(path, constants.O_RDWR | constants.O_CREAT, MODE));
  }
}

function storeBusy(root: string, mode: 'shared' | 'exclusive'): PlinthError<StoreErrorCode> {
  const fact = mode === 'shared' ? 'another process is removing blobs' : 'other processes are writing to it';
  return new PlinthError<StoreErrorCode>(`lock store ${root}: ${fact}`, {
    code: 'store-busy',
    hint: 'Wait until the builds, loads and prunes that are running have ended.',
  });
}

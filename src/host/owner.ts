import { fchownSync, lchownSync } from 'node:fs';
import { type ByteString, decodeText } from '../bytes/index.ts';
import { PlinthError, systemErrorCode } from '../errors/index.ts';
import type { Attributes } from '../tree/index.ts';
import type { HostErrorCode } from './host-errors.ts';
import { hostPath } from './host-path.ts';

interface OwnedFile {
  /** An open file that is there: cheaper than its path. */
  readonly fd?: number;
  /** Whether this process made it: then it belongs to it already, and only another owner costs a call. */
  readonly isNew?: boolean;
}

/** Gives files their owners. */
export class OwnerSetter {
  readonly #isKept: boolean;
  readonly #uid = process.geteuid?.() ?? 0;
  readonly #gid = process.getegid?.() ?? 0;

  /** With `squash` files are left to this process's user. */
  constructor(owners: 'keep' | 'squash') {
    this.#isKept = owners === 'keep';
  }

  /**
   * Sets the owner of what is at `path`, which is not followed if it is a link. Set the mode after it: the kernel clears
   * the setuid and setgid bits.
   *
   * @throws PlinthError `host-owner-denied`; a system error
   */
  set(path: ByteString, { uid, gid }: Attributes, { fd, isNew = true }: OwnedFile = {}): void {
    if (!this.#isKept || (isNew && uid === this.#uid && gid === this.#gid)) return;
    try {
      if (fd === undefined) lchownSync(hostPath(path), uid, gid);
      else fchownSync(fd, uid, gid);
    } catch (cause) {
      const system = systemErrorCode(cause);
      // EINVAL: the id is not mapped in this user namespace.
      if (system !== 'EPERM' && system !== 'EINVAL') throw cause;
      throw new PlinthError<HostErrorCode>(`give ${decodeText(path)} to ${uid}:${gid}: not permitted (${system})`, {
        code: 'host-owner-denied',
        hint: 'Run as root or in a user namespace that maps the id, or give up the owners.',
        cause,
        details: { path: decodeText(path), uid, gid, system },
      });
    }
  }
}

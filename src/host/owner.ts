import { fchownSync, lchownSync } from 'node:fs';
import { type ByteString, decodeText } from '../bytes/index.ts';
import { PlinthError, systemErrorCode } from '../errors/index.ts';
import type { Attributes } from '../tree/index.ts';
import type { HostErrorCode } from './host-errors.ts';
import { hostPath } from './host-path.ts';

/**
 * Gives files their owners. What this process makes belongs to it already, so that only other owners cost a call.
 */
export class OwnerSetter {
  readonly #isKept: boolean;
  readonly #uid = process.geteuid?.() ?? 0;
  readonly #gid = process.getegid?.() ?? 0;

  /** With `squash` files are left to this process's user. */
  constructor(owners: 'keep' | 'squash') {
    this.#isKept = owners === 'keep';
  }

  /**
   * Sets the owner of what is at `path`, or of the open file `fd` that is there; follows no link. Returns whether it
   * had to: the kernel then has cleared the setuid and setgid bits.
   *
   * @throws PlinthError `host-owner-denied`; a system error
   */
  set(path: ByteString, { uid, gid }: Attributes, fd?: number): boolean {
    if (!this.#isKept || (uid === this.#uid && gid === this.#gid)) return false;
    try {
      if (fd === undefined) lchownSync(hostPath(path), uid, gid);
      else fchownSync(fd, uid, gid);
      return true;
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

import { accessSync, constants } from 'node:fs';
import { userInfo } from 'node:os';
import { isPlinthError, PlinthError } from '../errors/index.ts';
import { type IdMaps, subordinateIds } from '../runtime/index.ts';

/** The ids that this user can have in a user namespace. */
export interface OwnIds {
  readonly maps: IdMaps;
  /** Why there is one id alone, and what root can do about it. */
  readonly lack?: { readonly fact: string; readonly hint: string };
}

/** The user's subordinate ids; without them, the user alone as root: enough where all files are root's. */
export function ownIds(): OwnIds {
  const { username: name, uid, gid } = userInfo();
  const single = { kind: 'single', uid, gid } as const;
  const missing = ['newuidmap', 'newgidmap'].find((tool) => !isInstalled(tool));
  if (missing !== undefined) {
    const hint = 'Have root run: apt-get install uidmap (other distributions: shadow-utils)';
    return { maps: single, lack: { fact: `${missing} is not installed`, hint } };
  }
  try {
    return { maps: subordinateIds({ name, uid, gid }) };
  } catch (error) {
    if (!isPlinthError(error) || error.code !== 'subordinate-ids-missing') throw error;
    return { maps: single, lack: { fact: error.message, hint: error.hint ?? '' } };
  }
}

/** `error`, saying why it came about if it is for want of ids. */
export function explainLack(error: Error, { lack }: OwnIds): Error {
  if (lack === undefined || !isPlinthError(error) || !isForWantOfIds(error)) return error;
  const { message, code, details } = error;
  return new PlinthError(`${message}; this user has one id alone: ${lack.fact}`, { code, hint: lack.hint, details });
}

const ID_CALLS: readonly unknown[] = ['setresuid', 'setresgid', 'setgroups'];

function isForWantOfIds({ code, details }: PlinthError): boolean {
  return code === 'host-owner-denied' || (code === 'container-setup-failed' && ID_CALLS.includes(details.call));
}

function isInstalled(tool: string): boolean {
  return ['/usr/sbin', '/usr/bin', '/sbin', '/bin'].some((directory) => {
    try {
      accessSync(`${directory}/${tool}`, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

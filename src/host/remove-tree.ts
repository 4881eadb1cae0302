import { randomUUID } from 'node:crypto';
import { chmodSync, lstatSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { type ByteString, decodeText, encodeText } from '../bytes/index.ts';
import { PlinthError, systemErrorCode } from '../errors/index.ts';
import { type HostErrorCode, hostError } from './host-errors.ts';
import { hostPath, joinHostPath } from './host-path.ts';
import { readNames } from './read-node.ts';

/**
 * Removes what is at `directory` with all below it, also directories this user may not enter, which are made so first,
 * and directories nested deeper than a path can say. Links are removed, not followed, and other file systems mounted
 * inside are not entered. Nothing there is no error. Nobody else may be changing directories to links there meanwhile.
 *
 * @throws PlinthError `host-mount-inside`, `host-write-failed`, `host-read-failed`
 */
export function removeTree(directory: string): void {
  const path = encodeText(directory);
  try {
    const status = lstatSync(hostPath(path), { throwIfNoEntry: false });
    if (status === undefined) return;
    if (status.isDirectory()) removeDirectory(path, status.dev);
    else unlinkSync(hostPath(path));
  } catch (error) {
    throw hostError(error, { action: 'remove', path, code: 'host-write-failed' });
  }
}

/** A directory from here on is moved up before it is entered: one name more must stay below PATH_MAX (4096). */
const LONG_PATH_BYTES = 3500;

interface OpenDirectory {
  readonly path: ByteString;
  readonly namesLeft: ByteString[];
}

function removeDirectory(root: ByteString, device: number): void {
  // An explicit stack: programs in containers can nest directories without end.
  const stack: OpenDirectory[] = [openDirectory(root)];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const name = top.namesLeft.pop();
    if (name === undefined) {
      removeEmpty(top.path);
      stack.pop();
      continue;
    }
    const child = joinHostPath(top.path, name);
    if (unlinkByForce(child, top.path)) continue;
    if (lstatSync(hostPath(child)).dev !== device) throw mountInside(child);
    stack.push(openDirectory(child.length < LONG_PATH_BYTES ? child : moveUp(child, root)));
  }
}

/** Moves a directory to the top of its tree, under a name that nobody can have taken. */
function moveUp(path: ByteString, root: ByteString): ByteString {
  const moved = joinHostPath(root, `.plinth-deep-${randomUUID()}` as ByteString);
  renameSync(hostPath(path), hostPath(moved));
  return moved;
}

function openDirectory(path: ByteString): OpenDirectory {
  try {
    return { path, namesLeft: readNames(path) };
  } catch (error) {
    if (systemErrorCode((error as Error).cause) !== 'EACCES') throw error;
    chmodSync(hostPath(path), 0o700);
    return { path, namesLeft: readNames(path) };
  }
}

function removeEmpty(path: ByteString): void {
  try {
    rmdirSync(hostPath(path));
  } catch (error) {
    // A mount of the same file system has the same device.
    if (systemErrorCode(error) === 'EBUSY') throw mountInside(path, error);
    throw hostError(error, { action: 'remove', path, code: 'host-write-failed' });
  }
}

/** Removes what is no directory; false if it is one. Trying costs less than asking first: most are not. */
function unlinkByForce(path: ByteString, directory: ByteString): boolean {
  try {
    unlinkSync(hostPath(path));
    return true;
  } catch (error) {
    const system = systemErrorCode(error);
    if (system === 'EISDIR') return false;
    if (system === 'EBUSY') throw mountInside(path, error);
    if (system !== 'EACCES') throw hostError(error, { action: 'remove', path, code: 'host-write-failed' });
    return unlinkAfterChmod(path, directory);
  }
}

function unlinkAfterChmod(path: ByteString, directory: ByteString): boolean {
  try {
    chmodSync(hostPath(directory), 0o700);
    if (lstatSync(hostPath(path)).isDirectory()) return false;
    unlinkSync(hostPath(path));
    return true;
  } catch (error) {
    throw hostError(error, { action: 'remove', path, code: 'host-write-failed' });
  }
}

function mountInside(path: ByteString, cause?: unknown): PlinthError<HostErrorCode> {
  const shown = decodeText(path);
  return new PlinthError<HostErrorCode>(`remove ${shown}: a file system is mounted there`, {
    code: 'host-mount-inside',
    hint: `Unmount it first: umount ${shown}`,
    cause,
    details: { path: shown },
  });
}

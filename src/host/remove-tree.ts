import { chmodSync, lstatSync, rmdirSync, unlinkSync } from 'node:fs';
import { type ByteString, decodeText, encodeText } from '../bytes/index.ts';
import { PlinthError, systemErrorCode } from '../errors/index.ts';
import { type HostErrorCode, hostError } from './host-errors.ts';
import { hostPath, joinHostPath } from './host-path.ts';
import { readNames } from './read-node.ts';

/**
 * Removes what is at `directory` with all below it, also directories this user may not enter, which are made so first.
 * Links are removed, not followed, and other file systems mounted inside are not entered. Nothing there is no error.
 * Nobody else may be changing directories to links there meanwhile.
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

function removeDirectory(path: ByteString, device: number): void {
  for (const name of readNamesByForce(path)) {
    const child = joinHostPath(path, name);
    if (!unlinkByForce(child, path)) removeSubdirectory(child, device);
  }
  try {
    rmdirSync(hostPath(path));
  } catch (error) {
    // A mount of the same file system has the same device.
    if (systemErrorCode(error) === 'EBUSY') throw mountInside(path, error);
    throw hostError(error, { action: 'remove', path, code: 'host-write-failed' });
  }
}

function removeSubdirectory(path: ByteString, device: number): void {
  if (lstatSync(hostPath(path)).dev !== device) throw mountInside(path);
  removeDirectory(path, device);
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

function readNamesByForce(path: ByteString): ByteString[] {
  try {
    return readNames(path);
  } catch (error) {
    if (systemErrorCode((error as Error).cause) !== 'EACCES') throw error;
    chmodSync(hostPath(path), 0o700);
    return readNames(path);
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

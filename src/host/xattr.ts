import { type ByteString, byteString } from '../bytes/index.ts';
import { NO_XATTRS, type Xattrs } from '../tree/index.ts';
import { cString, lastError, lastErrorName, libc } from './libc.ts';

/** The most bytes of one value and of all names of a file together (XATTR_SIZE_MAX, XATTR_LIST_MAX). */
const XATTR_LIMIT_BYTES = 65_536;

/**
 * The extended attributes of what is at `path`, which is not followed if it is a link. Empty where the file system has
 * none. Attributes this user may not list (`trusted.` for all but root) are not among them.
 *
 * @throws PlinthError `host-read-failed`
 */
export function lgetxattrs(path: ByteString): Xattrs {
  const cPath = cString(path);
  const names = listNames(path, cPath);
  if (names.length === 0) return NO_XATTRS;
  const xattrs = new Map<ByteString, Uint8Array>();
  for (const name of names) {
    const value = readValue(path, cPath, name);
    if (value !== undefined) xattrs.set(name, value);
  }
  return xattrs;
}

/** One list is enough for all calls: they are synchronous. */
const LIST = Buffer.allocUnsafeSlow(XATTR_LIMIT_BYTES);

function listNames(path: ByteString, cPath: Buffer): ByteString[] {
  const length = libc().llistxattr(cPath, LIST, LIST.length);
  if (length > 0) return byteString(LIST, 0, length - 1).split('\0') as ByteString[];
  if (length === 0 || isUnsupported(lastErrorName())) return [];
  throw lastError({ action: 'read the extended attributes of', path });
}

function readValue(path: ByteString, cPath: Buffer, name: ByteString): Uint8Array | undefined {
  const length = libc().lgetxattr(cPath, cString(name), LIST, LIST.length);
  if (length >= 0) return Buffer.from(LIST.subarray(0, length));
  // Removed since it was listed.
  if (lastErrorName() === 'ENODATA') return undefined;
  throw lastError({ action: `read the extended attribute ${name} of`, path });
}

function isUnsupported(system: string): boolean {
  return system === 'ENOTSUP' || system === 'EOPNOTSUPP';
}

/**
 * Sets an extended attribute of what is at `path`, not following it if it is a link.
 *
 * @throws PlinthError `host-xattr-denied` (no permission or no support), `host-write-failed`
 */
export function lsetxattr(path: ByteString, name: ByteString, value: Uint8Array): void {
  if (libc().lsetxattr(cString(path), cString(name), value, value.length, 0) === 0) return;
  const system = lastErrorName();
  const isDenied = system === 'EPERM' || system === 'EACCES' || isUnsupported(system);
  throw lastError({
    action: `set the extended attribute ${name} of`,
    path,
    code: isDenied ? 'host-xattr-denied' : 'host-write-failed',
    ...(isDenied ? { hint: 'Run as root, or on a file system that takes extended attributes.' } : {}),
  });
}

/**
 * Removes an extended attribute of what is at `path`, not following it if it is a link. Does nothing if there is none.
 *
 * @throws PlinthError `host-write-failed`
 */
export function lremovexattr(path: ByteString, name: ByteString): void {
  if (libc().lremovexattr(cString(path), cString(name)) === 0 || lastErrorName() === 'ENODATA') return;
  throw lastError({ action: `remove the extended attribute ${name} of`, path, code: 'host-write-failed' });
}

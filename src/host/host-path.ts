import { type ByteString, isAscii, toBytes } from '../bytes/index.ts';

/**
 * A path of bytes as `node:fs` takes it. Strings are passed as UTF-8 there, so a path beyond ASCII goes as a buffer;
 * an ASCII one as the string it is, which is cheaper.
 */
export function hostPath(path: ByteString): string | Buffer {
  return isAscii(path) ? path : toBytes(path);
}

/** The path of `name` in the directory at `path`. */
export function joinHostPath(path: ByteString, name: ByteString): ByteString {
  return (path.endsWith('/') ? `${path}${name}` : `${path}/${name}`) as ByteString;
}

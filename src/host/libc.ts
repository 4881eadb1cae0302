import { getSystemErrorName } from 'node:util';
import type { ByteString } from '../bytes/index.ts';
import { PlinthError } from '../errors/index.ts';
import { type FailedCall, type HostErrorCode, systemError } from './host-errors.ts';
import { loadKoffi } from './load-koffi.ts';

/** The calls of the C library that Node does not offer. Each returns -1 on failure, with the reason in `errno`. */
interface Libc {
  lgetxattr(path: Buffer, name: Buffer, value: Buffer | null, size: number): number;
  llistxattr(path: Buffer, list: Buffer | null, size: number): number;
  lsetxattr(path: Buffer, name: Buffer, value: Uint8Array, size: number, flags: number): number;
  lremovexattr(path: Buffer, name: Buffer): number;
  utimensat(directory: number, path: Buffer, times: Buffer, flags: number): number;
  futimens(fd: number, times: Buffer): number;
  flock(fd: number, operation: number): number;
  lseek(fd: number, offset: number, whence: number): number;
  ioctl(fd: number, request: number, argument: Buffer): number;
  syscall(number: number, a: number, b: Buffer, c: number, d: number, e: number, f: number): number;
}

const PROTOTYPES: Readonly<Record<keyof Libc, string>> = {
  lgetxattr: 'int64 lgetxattr(const void *path, const void *name, void *value, size_t size)',
  llistxattr: 'int64 llistxattr(const void *path, void *list, size_t size)',
  lsetxattr: 'int lsetxattr(const void *path, const void *name, const void *value, size_t size, int flags)',
  lremovexattr: 'int lremovexattr(const void *path, const void *name)',
  utimensat: 'int utimensat(int directory, const void *path, const void *times, int flags)',
  futimens: 'int futimens(int fd, const void *times)',
  flock: 'int flock(int fd, int operation)',
  lseek: 'int64 lseek(int fd, int64 offset, int whence)',
  ioctl: 'int ioctl(int fd, ulong request, void *argument)',
  syscall: 'int64 syscall(int64 number, int64 a, const void *b, int64 c, int64 d, int64 e, int64 f)',
};

interface Native {
  readonly libc: Libc;
  errno(): number;
}

let native: Native | undefined;

/** The C library. Loading it the first time costs 2 to 10 ms: call this only where nothing else will do. */
export function libc(): Libc {
  native ??= loadNative();
  return native.libc;
}

function loadNative(): Native {
  try {
    const koffi = loadKoffi();
    const library = koffi.load(null);
    // Looking a symbol up costs more than most commands need: each is bound at its first use.
    const bound = {} as Record<string, unknown>;
    for (const [name, prototype] of Object.entries(PROTOTYPES)) {
      const bind = (): unknown => {
        const value = library.func(prototype);
        Object.defineProperty(bound, name, { value });
        return value;
      };
      Object.defineProperty(bound, name, { get: bind, configurable: true });
    }
    return { libc: bound as unknown as Libc, errno: () => koffi.errno() };
  } catch (cause) {
    throw new PlinthError<HostErrorCode>(`load koffi: no native library for ${process.platform} ${process.arch}`, {
      code: 'host-native-missing',
      hint: 'Install Plinth with npm on Linux, so that the optional packages of koffi come along.',
      cause,
    });
  }
}

/** A path or name as C takes it: its bytes and a NUL. */
export function cString(bytes: ByteString | string): Buffer {
  return Buffer.from(`${bytes}\0`, 'latin1');
}

/** The name of the error that the last call of {@link libc} ended with, `ENOENT`. To be asked right after the call. */
export function lastErrorName(): string {
  return getSystemErrorName(-(native?.errno() ?? 0));
}

/** The error for the last call of {@link libc}. To be made right after the call. */
export function lastError(failed: FailedCall): PlinthError<HostErrorCode> {
  const errno = -(native?.errno() ?? 0);
  return systemError(errno, getSystemErrorName(errno), failed);
}

import { getSystemErrorMessage } from 'node:util';
import { type ByteString, decodeText } from '../bytes/index.ts';
import { PlinthError, systemErrorCode } from '../errors/index.ts';

/** The errors thrown by `host/`: code → what it means. */
export const hostErrors = {
  'host-read-failed': 'A file or directory could not be read; `details.system` is the system error.',
  'host-write-failed':
    'A file or directory could not be made, changed or removed; `details.system` is the system error.',
  'host-file-changed': 'A file changed while it was being read.',
  'host-not-empty': 'A directory that is to be filled holds files already.',
  'host-owner-denied': 'This user may not give a file the owner it should have.',
  'host-device-denied': 'This user may not make device nodes here.',
  'host-xattr-denied': 'This user or file system does not take an extended attribute.',
  'host-overlay-unsupported': 'An overlay directory holds records of a feature that layers cannot express.',
  'host-mount-inside': 'A directory that is to be removed has another file system mounted in it.',
  'host-native-missing': 'The native library for system calls could not be loaded.',
} as const;
export type HostErrorCode = keyof typeof hostErrors;

/** What was being done to which path when the system refused. */
export interface FailedCall {
  /** A verb: `read`, `make device`. */
  readonly action: string;
  readonly path: ByteString | string;
  readonly code?: HostErrorCode;
  readonly hint?: string;
}

const HINTS: Readonly<Record<string, string>> = {
  EACCES: 'Check the permissions of the file and of the directories above it.',
  ENOSPC: 'Free some space on that file system, or use another one.',
  EDQUOT: 'The disk quota of this user is used up.',
  EROFS: 'That file system is mounted read-only.',
};

/** A system error of Node's as ours: `read /etc/shadow: permission denied (EACCES)`. Other errors come back as they are. */
export function hostError(cause: unknown, failed: FailedCall): unknown {
  const system = systemErrorCode(cause);
  const errno = cause instanceof Error ? (cause as NodeJS.ErrnoException).errno : undefined;
  if (system === undefined || errno === undefined) return cause;
  return systemError(errno, system, { ...failed, cause });
}

/** The error for a call that ended with `errno` (negative, as Node has it), named `system`. */
export function systemError(
  errno: number,
  system: string,
  { action, path, code = 'host-read-failed', hint = HINTS[system], cause }: FailedCall & { readonly cause?: unknown },
): PlinthError<HostErrorCode> {
  const shown = decodeText(path as ByteString);
  return new PlinthError<HostErrorCode>(`${action} ${shown}: ${getSystemErrorMessage(errno)} (${system})`, {
    code,
    hint,
    cause,
    details: { path: shown, system },
  });
}

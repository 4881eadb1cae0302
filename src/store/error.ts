import { errorFact, PlinthError, systemErrorCode } from '../errors/index.ts';

/** The errors thrown by `store/`: code → what it means. */
export const storeErrors = {
  'blob-corrupt': 'The bytes of a blob have another digest or size than they should have.',
  'blob-missing': 'A blob is not in the store.',
  'disk-full': 'A file of the store could not be written because the disk or a quota is full.',
  'image-ambiguous': 'An id prefix fits several images.',
  'image-archive-invalid':
    'A file is no image archive that we read, or parts of it are missing or contradict each other.',
  'image-archive-too-large': 'An image archive exceeds a limit: bytes, files, or how far it expands.',
  'image-in-use': 'An image cannot be removed because a container was made from it.',
  'image-name-digest': 'An image is to be named with a digest, which only content can decide.',
  'image-not-found': 'No image of the store has this name or id.',
  'image-several-names': 'An image given by its id has several names, so removing it needs force.',
  'store-busy': 'Another process uses the store in a way that excludes what was asked for.',
  'store-invalid': 'A file of the store is not what it should be.',
  'store-newer': 'The store was made by a newer version of Plinth.',
  'store-unreadable': 'A file of the store could not be read.',
  'store-unwritable': 'A file of the store could not be written.',
} as const;
export type StoreErrorCode = keyof typeof storeErrors;

/** Runs `act`, which writes at `path`; a system error becomes a typed one that names the path. */
export function writing<Result>(path: string, act: () => Result): Result {
  try {
    return act();
  } catch (cause) {
    throw writeError(path, cause);
  }
}

function writeError(path: string, cause: unknown): unknown {
  const system = systemErrorCode(cause);
  if (!isSystemError(cause) || system === undefined) return cause;
  const full = system === 'ENOSPC' || system === 'EDQUOT';
  return new PlinthError<StoreErrorCode>(`write ${path}: ${errorFact(cause)}`, {
    code: full ? 'disk-full' : 'store-unwritable',
    hint: full
      ? 'Free some space (plinth prune, plinth df), or put the store elsewhere with PLINTH_ROOT.'
      : 'Check the permissions of the store, or put it elsewhere with PLINTH_ROOT.',
    cause,
    details: { path, errno: system },
  });
}

/** Runs `act`, which reads at `path`; a system error becomes a typed one that names the path. */
export function reading<Result>(path: string, act: () => Result): Result {
  try {
    return act();
  } catch (cause) {
    const system = systemErrorCode(cause);
    if (!isSystemError(cause) || system === undefined) throw cause;
    throw new PlinthError<StoreErrorCode>(`read ${path}: ${errorFact(cause)}`, {
      code: 'store-unreadable',
      hint: 'Check the permissions of the store, or choose another with PLINTH_ROOT.',
      cause,
      details: { path, errno: system },
    });
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string';
}

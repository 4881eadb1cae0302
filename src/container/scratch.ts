import { renameSync } from 'node:fs';
import { isPlinthError, systemErrorCode } from '../errors/index.ts';
import { removeTree } from '../host/index.ts';
import { type Store, writing } from '../store/index.ts';

/** Removes a directory of the store with all in it: at once from where it is, so that nobody sees half of it. */
export function removeWhole(store: Store, directory: string): void {
  const retired = store.files.temporary();
  try {
    writing(directory, () => renameSync(directory, retired));
  } catch (error) {
    if (isPlinthError(error) && systemErrorCode(error.cause) === 'ENOENT') return;
    throw error;
  }
  removeTree(retired);
}

import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { openStore, type Store, storeRoot } from '../store/index.ts';

/** What every function of the library takes. */
export interface Common {
  /** Directory of the store; the user's own if not given (`$PLINTH_ROOT`, `/var/lib/plinth`, `$XDG_DATA_HOME/plinth`). */
  readonly root?: string | undefined;
}

/** Where the store of these options is, as an absolute path: mounts need one. */
export function rootOf({ root }: Common): string {
  return resolve(root ?? storeRoot(process.env, process.geteuid?.() ?? 0, homedir()));
}

/** Opens the store, gives it to `use`, and closes it when that ends, however it ends. */
export async function withStore<Result>(
  options: Common,
  use: (store: Store) => Promise<Result> | Result,
): Promise<Result> {
  const store = openStore(rootOf(options));
  try {
    return await use(store);
  } finally {
    store.close();
  }
}

import { mkdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { DiffId } from '../bytes/index.ts';
import { isPlinthError } from '../errors/index.ts';
import { materialise, removeTree } from '../host/index.ts';
import type { OverlaySpec } from '../runtime/index.ts';
import { type Store, writing } from '../store/index.ts';
import { type Attributes, NO_CHILDREN, ROOT_PATH } from '../tree/index.ts';
import type { AccountFiles } from './account.ts';
import { type IdSpace, overlayFlavour } from './id-space.ts';
import { imageFacts } from './image-facts.ts';
import { copyRoot } from './root-copy.ts';
import { openSnapshot } from './snapshot.ts';

/** The root file system of a container before it runs. */
export interface ContainerRoot {
  readonly path: string;
  /** Mounted on `path`; absent if `path` is a copy of the image. */
  readonly overlay?: OverlaySpec;
  readonly accounts: AccountFiles;
  /** The attributes of `/` in the image. */
  readonly attributes: Attributes;
}

/** For whom a root is made, and where. */
export interface RootRequest {
  readonly diffIds: readonly DiffId[];
  /** The container's own. */
  readonly directory: string;
  readonly ids: IdSpace;
}

/**
 * Starts something on the layers: on an overlay, or on a copy of them where the file system of the store cannot carry
 * one, as overlayfs itself (a container) and NFS cannot.
 */
export async function startOnRoot<Started>(
  store: Store,
  request: RootRequest,
  start: (root: ContainerRoot) => Promise<Started>,
): Promise<{ readonly root: ContainerRoot; readonly started: Started }> {
  if (!NO_UPPER.has(statfsSync(request.directory).type)) {
    const root = overlayRoot(store, request);
    try {
      return { root, started: await start(root) };
    } catch (error) {
      if (!isOverlayRefused(error)) throw error;
      for (const name of DIRECTORIES) removeTree(join(request.directory, name));
    }
  }
  const root = copiedRoot(store, request);
  return { root, started: await start(root) };
}

/** File systems on which no upper directory can lie (statfs(2)): overlayfs, NFS, FUSE, SMB, 9p. */
const NO_UPPER: ReadonlySet<number> = new Set([0x794c7630, 0x6969, 0x65735546, 0xff534d42, 0xfe534d42, 0x01021997]);

/** What mount(2) says where an overlay is not to be had. */
const REFUSALS: readonly unknown[] = ['EINVAL', 'ENODEV', 'EOPNOTSUPP', 'EPERM', 'EREMOTE'];

function isOverlayRefused(error: unknown): boolean {
  if (!isPlinthError(error) || error.code !== 'container-setup-failed') return false;
  const { what, error: system } = error.details;
  return String(what).startsWith('mount overlay') && REFUSALS.includes(system);
}

const DIRECTORIES = ['upper', 'work', 'merged'] as const;

/** The upper directory gets the attributes of the image's root, since they are those that the container sees at `/`. */
function overlayRoot(store: Store, { diffIds, directory, ids }: RootRequest): ContainerRoot {
  const { lower, facts } = openSnapshot(store, diffIds, overlayFlavour(ids));
  const [upper, work, merged] = DIRECTORIES.map((name) => join(directory, name)) as [string, string, string];
  for (const path of [upper, work, merged]) writing(path, () => mkdirSync(path));
  const node = { kind: 'directory', ...facts.root, children: NO_CHILDREN } as const;
  materialise([{ kind: 'node', path: ROOT_PATH, node }], upper, { owners: 'keep' });
  const overlay = { lower: [...lower], upper, work, merged };
  return { path: merged, overlay, accounts: facts.accounts, attributes: facts.root };
}

function copiedRoot(store: Store, { diffIds, directory }: RootRequest): ContainerRoot {
  const image = store.tree(diffIds);
  const { root, accounts } = imageFacts(image, false);
  return { path: copyRoot(image, directory), accounts, attributes: root };
}

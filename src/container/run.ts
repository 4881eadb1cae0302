import { join } from 'node:path';
import type { DiffId } from '../bytes/index.ts';
import { attachTerminal, startContainer } from '../runtime/index.ts';
import type { Store } from '../store/index.ts';
import { resolveAccount } from './account.ts';
import { type BindMount, checkBindMounts } from './bind-mount.ts';
import { type CommandConfig, containerCommand, mergeEnv } from './command.ts';
import { containerSpec } from './container-spec.ts';
import { claimName, containerDirectory, deleteContainer } from './container-store.ts';
import { idSpace, overlayFlavour } from './id-space.ts';
import { checkName, newId } from './name.ts';
import { type NetworkMode, writeNetworkFiles } from './network-file.ts';
import { type ContainerRecord, ownMark, writeRecord } from './record.ts';
import type { Foreground } from './sandbox.ts';
import { makeOverlayDirectories } from './scratch.ts';
import { openSnapshot } from './snapshot.ts';

/** The parts of an image that a container takes over. */
export interface RunImage {
  /** What the user called it. */
  readonly name: string;
  readonly id: string;
  readonly diffIds: readonly DiffId[];
  readonly config: CommandConfig & {
    readonly Env?: readonly string[] | null;
    readonly WorkingDir?: string;
    readonly User?: string;
  };
}

/** A container to be made and run, as plain data: it may be done by another process. */
export interface RunRequest {
  readonly image: RunImage;
  readonly args: readonly string[];
  readonly entrypoint?: string | undefined;
  readonly env: readonly string[];
  readonly cwd?: string | undefined;
  readonly user?: string | undefined;
  readonly hostname: string;
  readonly network: NetworkMode;
  readonly binds: readonly BindMount[];
  readonly name?: string | undefined;
  readonly remove: boolean;
  readonly interactive: boolean;
  readonly terminal: boolean;
  readonly readOnlyRoot: boolean;
  readonly noNewPrivileges: boolean;
  readonly capabilities: readonly string[];
}

export interface RunReply {
  readonly id: string;
  readonly name: string;
  /** The exit status of the command, 128+n if signal n ended it. */
  readonly status: number;
}

/**
 * Makes a container of an image, runs its command in the foreground on our standard streams, and waits for its end.
 *
 * @throws PlinthError of `container/`, `runtime/` and `store/`; with `remove`, nothing is left
 */
export async function runContainer(store: Store, request: RunRequest, foreground: Foreground): Promise<RunReply> {
  checkBindMounts(request.binds);
  if (request.name !== undefined) checkName(request.name);
  const args = containerCommand(request.image.config, request);
  const record = createContainer(store, request, args);
  try {
    const status = await runRecorded(store, request, record, foreground);
    if (request.remove) deleteContainer(store, record);
    else
      writeRecord(containerDirectory(store, record.id), {
        ...record,
        status: 'exited',
        exitStatus: status,
        finishedMs: Date.now(),
      });
    return { id: record.id, name: record.name, status };
  } catch (error) {
    // What never ran is of no use to keep; what did was recorded above.
    deleteContainer(store, record);
    throw error;
  }
}

/** Registers the container, with its files, as running under this process. */
function createContainer(store: Store, request: RunRequest, args: readonly string[]): ContainerRecord {
  const ids = idSpace();
  const id = newId();
  const directory = containerDirectory(store, id);
  const snapshot = openSnapshot(store, request.image.diffIds, overlayFlavour(ids));
  makeOverlayDirectories(directory, snapshot.tree, ids);
  const now = Date.now();
  const record: ContainerRecord = {
    id,
    name: request.name ?? '',
    image: request.image.name,
    imageId: request.image.id,
    diffIds: request.image.diffIds,
    args,
    createdMs: now,
    startedMs: now,
    status: 'running',
    keeper: ownMark(),
    removeOnExit: request.remove,
  };
  // First the record, then the name: a name whose holder has no record counts as free.
  writeRecord(directory, record);
  try {
    const named = { ...record, name: claimName(store, id, request.name) };
    writeRecord(directory, named);
    return named;
  } catch (error) {
    deleteContainer(store, { id, name: '' });
    throw error;
  }
}

async function runRecorded(
  store: Store,
  request: RunRequest,
  record: ContainerRecord,
  foreground: Foreground,
): Promise<number> {
  const ids = idSpace();
  const { image } = request;
  const directory = containerDirectory(store, record.id);
  const snapshot = openSnapshot(store, image.diffIds, overlayFlavour(ids));
  const merged = join(directory, 'merged');
  const spec = containerSpec({
    args: record.args,
    env: mergeEnv(image.config.Env ?? [], request.env),
    cwd: request.cwd ?? image.config.WorkingDir ?? '/',
    account: resolveAccount(snapshot.tree, request.user ?? image.config.User ?? ''),
    hostname: request.hostname === '' ? record.id.slice(0, 12) : request.hostname,
    network: request.network,
    networkFiles: writeNetworkFiles(
      directory,
      request.hostname === '' ? record.id.slice(0, 12) : request.hostname,
      request.network,
    ),
    binds: request.binds,
    terminal: request.terminal,
    readOnlyRoot: request.readOnlyRoot,
    noNewPrivileges: request.noNewPrivileges,
    capabilities: request.capabilities,
    rootPath: merged,
    hasSubordinateIds: ids.manyIds,
  });
  const container = startContainer({
    spec,
    overlay: { lower: [...snapshot.lower], upper: join(directory, 'upper'), work: join(directory, 'work'), merged },
    directory,
    inUserNamespace: ids.nested,
    stdio: [request.interactive ? 'inherit' : 'ignore', 'inherit', 'inherit'],
  });
  const stop = (): void => container.kill('SIGKILL');
  foreground.signal?.addEventListener('abort', stop, { once: true });
  const release = foreground.onStart?.((signal) => container.kill(signal));
  const detach = request.terminal ? attachTerminal(container, { input: request.interactive }) : undefined;
  try {
    return (await container.exited).status;
  } finally {
    detach?.();
    release?.();
    foreground.signal?.removeEventListener('abort', stop);
  }
}

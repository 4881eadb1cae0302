import type { ReadStream } from 'node:tty';
import { type DiffId, encodeText } from '../bytes/index.ts';
import { hostError } from '../host/index.ts';
import {
  attachTerminal,
  type Container,
  type RuntimeSpec,
  relayStreams,
  type StartOptions,
  startContainer,
} from '../runtime/index.ts';
import type { Store } from '../store/index.ts';
import { resolveAccount } from './account.ts';
import { type BindMount, prepareBindMounts } from './bind-mount.ts';
import { type CommandConfig, containerCommand, mergeEnv } from './command.ts';
import { type ContainerRoot, startOnRoot } from './container-root.ts';
import { containerSpec } from './container-spec.ts';
import { claimName, deleteContainer } from './container-store.ts';
import { idSpace } from './id-space.ts';
import { checkName, newId } from './name.ts';
import { type NetworkMode, writeNetworkFiles } from './network-file.ts';
import { type ContainerRecord, containerDirectory, createRecord, ownMark, writeRecord } from './record.ts';
import type { Foreground } from './sandbox.ts';
import { SignalRelay } from './signal-relay.ts';

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
  prepareBindMounts(request.binds);
  if (request.name !== undefined) checkName(request.name);
  const args = containerCommand(request.image.config, request);
  store.files.ready();
  const record = register(store, request, args);
  using relay = new SignalRelay(foreground);
  try {
    // From here on a prune that begins finds the record and keeps the image; one that is under way may not have.
    if (store.locks.mayBeHeldAlone()) (await store.hold())[Symbol.dispose]();
    foreground.signal?.throwIfAborted();
    const container = await start(store, { request, record, relay });
    const status = await waitFor(container, request, foreground.signal);
    if (request.remove) deleteContainer(store, record);
    else writeRecord(store, { ...record, status: 'exited', exitStatus: status, finishedMs: Date.now() });
    return { id: record.id, name: record.name, status };
  } catch (error) {
    // What could not be started is of no use to keep.
    deleteContainer(store, record);
    throw error;
  }
}

interface Start {
  readonly request: RunRequest;
  readonly record: ContainerRecord;
  readonly relay: SignalRelay;
}

async function start(store: Store, { request, record, relay }: Start): Promise<Container> {
  const ids = idSpace();
  const directory = containerDirectory(store, record.id);
  const { started } = await startOnRoot(store, { diffIds: request.image.diffIds, directory, ids }, (root) => {
    const options: StartOptions = {
      spec: specOf(store, request, record, root),
      overlay: root.overlay,
      directory,
      user: ids.nested ? 'namespace-root' : 'root',
      singleId: !ids.manyIds,
      stdio: [request.interactive ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      terminalSize: request.terminal ? terminalSize() : undefined,
    };
    return relay.start(() => startContainer(options));
  });
  return started;
}

/** Records the container as running under this process. */
function register(store: Store, request: RunRequest, args: readonly string[]): ContainerRecord {
  const { image, name: given, remove } = request;
  const id = newId();
  const now = Date.now();
  const record: ContainerRecord = {
    id,
    name: given ?? '',
    image: image.name,
    imageId: image.id,
    diffIds: image.diffIds,
    args,
    createdMs: now,
    startedMs: now,
    status: 'running',
    keeper: ownMark(),
    removeOnExit: remove,
  };
  // First the record, then the name: a name whose holder has no record counts as free.
  createRecord(store, record);
  try {
    const named = { ...record, name: claimName(store, id, given) };
    writeRecord(store, named);
    return named;
  } catch (error) {
    deleteContainer(store, { id, name: '' });
    throw error;
  }
}

function specOf(store: Store, request: RunRequest, { id, args }: ContainerRecord, root: ContainerRoot): RuntimeSpec {
  const { config } = request.image;
  const hostname = request.hostname === '' ? id.slice(0, 12) : request.hostname;
  return containerSpec({
    args,
    env: mergeEnv(config.Env ?? [], request.env),
    cwd: request.cwd ?? config.WorkingDir ?? '/',
    account: resolveAccount(root.accounts, request.user ?? config.User ?? ''),
    hostname,
    network: request.network,
    networkFiles: writeNetworkFiles(containerDirectory(store, id), hostname, request.network),
    binds: request.binds,
    terminal: request.terminal,
    readOnlyRoot: request.readOnlyRoot,
    noNewPrivileges: request.noNewPrivileges,
    capabilities: request.capabilities,
    rootPath: root.path,
  });
}

async function waitFor(container: Container, request: RunRequest, signal: AbortSignal | undefined): Promise<number> {
  const stop = (): void => void container.kill('SIGKILL');
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  const shown = request.terminal
    ? showTerminal(container, request.interactive)
    : relayStreams(container, { input: request.interactive ? process.stdin : undefined, stdout: 1, stderr: 2 });
  // What can be shown no more, as on a full disk, is not worth running for.
  shown.catch(stop);
  try {
    const { status } = await container.exited;
    await shown;
    return status;
  } catch (error) {
    throw hostError(error, {
      action: 'write',
      path: encodeText('the output of the container'),
      code: 'host-write-failed',
    });
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** Shows the container's terminal on ours, if it has one; resolves when all it printed was shown. */
async function showTerminal(container: Container, interactive: boolean): Promise<void> {
  const { terminal } = container;
  if (terminal === undefined) return;
  // Not events.once: the end of a terminal is the error EIO.
  const closed = new Promise<void>((resolve) => terminal.once('close', resolve));
  if (interactive) {
    using _attached = attachTerminal(container, { input: process.stdin as ReadStream, output: process.stdout });
    await closed;
    return;
  }
  terminal.pipe(process.stdout, { end: false });
  await closed;
}

/** The size of our terminal, for that of the container. */
function terminalSize(): { rows: number; columns: number } | undefined {
  const { rows, columns } = process.stdout;
  return rows > 0 && columns > 0 ? { rows, columns } : undefined;
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { DiffId } from '../bytes/index.ts';
import { readUpper, removeTree } from '../host/index.ts';
import {
  type Container,
  type ContainerExit,
  DEFAULT_CAPABILITIES,
  relayStreams,
  startContainer,
} from '../runtime/index.ts';
import { type Store, writing } from '../store/index.ts';
import {
  type Attributes,
  diffTrees,
  equalAttributes,
  type LayerEntry,
  ROOT_PATH,
  writeLayerTar,
} from '../tree/index.ts';
import { resolveAccount } from './account.ts';
import type { BindMount } from './bind-mount.ts';
import { type ContainerRoot, startOnRoot } from './container-root.ts';
import { containerSpec } from './container-spec.ts';
import { type IdSpace, idSpace, overlayFlavour } from './id-space.ts';
import { type NetworkMode, writeNetworkFiles } from './network-file.ts';
import { readCopy } from './root-copy.ts';
import { adoptSnapshot, chainOf } from './snapshot.ts';

/** One RUN, as plain data: it may be done by another process. */
export interface RunStepRequest {
  /** The layers below, lowest first. */
  readonly parent: readonly DiffId[];
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly user: string;
  readonly network: NetworkMode;
  readonly hostname: string;
  /** Modification times later than this are set back to it; ns since 1970, in decimal. */
  readonly clampNs: string;
  /** Files that the command sees, read-only, and that are no part of the layer. */
  readonly files: readonly StepFile[];
}

/** A file shown to a RUN step; its bytes in base64. */
export interface StepFile {
  readonly path: string;
  readonly mode: number;
  readonly base64: string;
}

export interface RunStepReply {
  readonly status: number;
  readonly signal?: string;
  /** What the command changed; absent if it failed or changed nothing. */
  readonly layer?: StepLayer;
}

interface StepLayer {
  readonly diffId: DiffId;
  readonly sizeBytes: number;
}

/** Where the command's output goes: to our own standard streams, or to a function. */
export type StepOutput = 'inherit' | ((stream: 'stdout' | 'stderr', bytes: Uint8Array) => void);

/**
 * Runs a command upon the layers below and makes a layer of what it changed. Nothing is kept if it fails.
 *
 * @throws PlinthError of `runtime/`, `store/`, `host/` and `container/`
 */
export async function runStep(
  store: Store,
  request: RunStepRequest,
  output: StepOutput,
  signal?: AbortSignal,
): Promise<RunStepReply> {
  const ids = idSpace();
  const directory = store.files.temporary();
  writing(directory, () => mkdirSync(directory, { mode: 0o700 }));
  try {
    const { root, started } = await startOnRoot(store, { diffIds: request.parent, directory, ids }, (made) =>
      startStep(request, { root: made, directory, ids }),
    );
    const exit = await finishStep(started, output, signal);
    if (exit.status !== 0) return exit;
    const layer = commitChanges(store, request, { root, directory, ids });
    return layer === undefined ? { status: 0 } : { status: 0, layer };
  } finally {
    removeTree(directory);
  }
}

interface StepPlace {
  readonly root: ContainerRoot;
  readonly directory: string;
  readonly ids: IdSpace;
}

function startStep(request: RunStepRequest, { root, directory, ids }: StepPlace): Promise<Container> {
  const { args, env, cwd, user, hostname, network, files } = request;
  const spec = containerSpec({
    args,
    env,
    cwd,
    account: resolveAccount(root.accounts, user),
    hostname,
    network,
    networkFiles: writeNetworkFiles(directory, hostname, network),
    binds: writeStepFiles(directory, files),
    terminal: false,
    readOnlyRoot: false,
    noNewPrivileges: false,
    capabilities: DEFAULT_CAPABILITIES,
    rootPath: root.path,
  });
  return startContainer({
    spec,
    overlay: root.overlay,
    directory,
    user: ids.nested ? 'namespace-root' : 'root',
    singleId: !ids.manyIds,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Waits for the end of the command and of all it prints. */
async function finishStep(
  container: Container,
  output: StepOutput,
  signal: AbortSignal | undefined,
): Promise<ContainerExit> {
  const stop = (): void => void container.kill('SIGKILL');
  signal?.addEventListener('abort', stop, { once: true });
  const drained =
    output === 'inherit'
      ? [relayStreams(container, { stdout: 1, stderr: 2 })]
      : [forward(container.stdout, 'stdout', output), forward(container.stderr, 'stderr', output)];
  const exit = await container.exited.finally(() => signal?.removeEventListener('abort', stop));
  await Promise.all(drained);
  signal?.throwIfAborted();
  return exit;
}

/** Passes on what the command prints; resolves when all of it was read. */
async function forward(
  stream: Readable | undefined,
  name: 'stdout' | 'stderr',
  output: Exclude<StepOutput, 'inherit'>,
): Promise<void> {
  if (stream === undefined) return;
  for await (const bytes of stream) output(name, bytes as Uint8Array);
}

function writeStepFiles(directory: string, files: readonly StepFile[]): BindMount[] {
  return files.map(({ path, mode, base64 }, index) => {
    const source = join(directory, `file-${index}`);
    writing(source, () => writeFileSync(source, Buffer.from(base64, 'base64'), { mode }));
    return { source, target: path, readOnly: true };
  });
}

/** Makes a layer of what the command changed; an upper directory then serves as the snapshot of that layer. */
function commitChanges(
  store: Store,
  request: RunStepRequest,
  { root, directory, ids }: StepPlace,
): StepLayer | undefined {
  const clampNs = BigInt(request.clampNs);
  const upper = root.overlay?.upper;
  if (upper === undefined) {
    const image = store.tree(request.parent);
    return writeLayer(store, clampTimes(diffTrees(image, readCopy(directory, image)), clampNs));
  }
  let hasSockets = false;
  const onSocket = (): void => {
    hasSockets = true;
  };
  const entries = readUpper(upper, { xattrPrefix: overlayFlavour(ids), clampNs, writeClamped: true, onSocket });
  const layer = writeLayer(
    store,
    entries.filter((entry) => !isUnchangedRoot(entry, root.attributes)),
  );
  // The snapshot must be what the layer is, and no layer can hold a socket.
  if (layer !== undefined && !hasSockets) adoptSnapshot(store, chainOf([...request.parent, layer.diffId]), upper);
  return layer;
}

function writeLayer(store: Store, entries: readonly LayerEntry[]): StepLayer | undefined {
  if (entries.length === 0) return undefined;
  const writer = store.layers.create();
  try {
    writeLayerTar(
      entries,
      (chunk) => writer.write(chunk),
      (entry) => writer.addEntry(entry),
    );
    return writer.commit();
  } catch (error) {
    writer.abort();
    throw error;
  }
}

function clampTimes(entries: readonly LayerEntry[], clampNs: bigint): LayerEntry[] {
  return entries.map((entry) =>
    entry.kind === 'node' && entry.node.mtimeNs > clampNs
      ? { ...entry, node: { ...entry.node, mtimeNs: clampNs } }
      : entry,
  );
}

/** The upper directory always has an entry for the root; it is a change only if its attributes are. */
function isUnchangedRoot(entry: LayerEntry, root: Attributes): boolean {
  return entry.kind === 'node' && entry.path === ROOT_PATH && equalAttributes(entry.node, root);
}

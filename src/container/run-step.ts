import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { chainId, type DiffId } from '../bytes/index.ts';
import { readUpper } from '../host/index.ts';
import { DEFAULT_CAPABILITIES, relayStreams, startContainer } from '../runtime/index.ts';
import type { Store } from '../store/index.ts';
import { type Attributes, type LayerEntry, ROOT_PATH, writeLayerTar } from '../tree/index.ts';
import { resolveAccount } from './account.ts';
import type { BindMount } from './bind-mount.ts';
import { containerSpec } from './container-spec.ts';
import { idSpace, overlayFlavour } from './id-space.ts';
import { type NetworkMode, writeNetworkFiles } from './network-file.ts';
import { makeOverlayDirectories, removeDirectory } from './scratch.ts';
import { adoptSnapshot, openSnapshot } from './snapshot.ts';

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
  readonly layer?: { readonly diffId: DiffId; readonly sizeBytes: number };
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
  const snapshot = openSnapshot(store, request.parent, overlayFlavour(ids));
  const directory = store.files.temporary();
  const overlay = { lower: [...snapshot.lower], ...makeOverlayDirectories(directory, snapshot.facts.root) };
  try {
    const spec = containerSpec({
      args: request.args,
      env: request.env,
      cwd: request.cwd,
      account: resolveAccount(snapshot.facts.accounts, request.user),
      hostname: request.hostname,
      network: request.network,
      networkFiles: writeNetworkFiles(directory, request.hostname, request.network),
      binds: writeStepFiles(directory, request.files),
      terminal: false,
      readOnlyRoot: false,
      noNewPrivileges: false,
      capabilities: DEFAULT_CAPABILITIES,
      rootPath: overlay.merged,
    });
    const container = await startContainer({
      spec,
      overlay,
      directory,
      user: ids.nested ? 'namespace-root' : 'root',
      singleId: !ids.manyIds,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stop = (): void => void container.kill('SIGKILL');
    signal?.addEventListener('abort', stop, { once: true });
    const drained =
      output === 'inherit'
        ? [relayStreams(container, { stdout: 1, stderr: 2 })]
        : [forward(container.stdout, 'stdout', output), forward(container.stderr, 'stderr', output)];
    const { status, signal: endSignal } = await container.exited.finally(() =>
      signal?.removeEventListener('abort', stop),
    );
    await Promise.all(drained);
    signal?.throwIfAborted();
    if (status !== 0) return { status, ...(endSignal === undefined ? {} : { signal: endSignal }) };
    const layer = commitUpper(store, request, overlay.upper, snapshot.facts.root);
    if (layer === undefined) return { status };
    adoptSnapshot(store, chainId(snapshot.chain, layer.diffId), overlay.upper);
    return { status, layer };
  } finally {
    removeDirectory(directory);
  }
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
    writeFileSync(source, Buffer.from(base64, 'base64'), { mode });
    return { source, target: path, readOnly: true };
  });
}

function commitUpper(store: Store, request: RunStepRequest, upper: string, root: Attributes): RunStepReply['layer'] {
  const ids = idSpace();
  const entries = readUpper(upper, {
    xattrPrefix: overlayFlavour(ids),
    clampNs: BigInt(request.clampNs),
    writeClamped: true,
  });
  const changed = entries.filter((entry) => !isUnchangedRoot(entry, root));
  if (changed.length === 0) return undefined;
  const writer = store.layers.create();
  try {
    const tarEntries = writeLayerTar(changed, (chunk) => writer.write(chunk));
    return writer.commit(tarEntries);
  } catch (error) {
    writer.abort();
    throw error;
  }
}

/** The upper directory always has an entry for the root; it is a change only if its attributes are. */
function isUnchangedRoot(entry: LayerEntry, root: Attributes): boolean {
  if (entry.kind !== 'node' || entry.path !== ROOT_PATH) return false;
  const { node } = entry;
  return node.mode === root.mode && node.uid === root.uid && node.gid === root.gid && node.mtimeNs === root.mtimeNs;
}

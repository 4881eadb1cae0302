import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PlinthError } from '../errors/index.ts';
import { enterUserNamespace } from '../runtime/index.ts';
import { openStore } from '../store/index.ts';
import type { ContainerErrorCode } from './error.ts';
import { explainLack, ownIds } from './own-ids.ts';
import { restoreError, type WorkerMessage, type WorkerReply, type WorkerRequest } from './worker.ts';

/** The standard streams of a worker. */
export interface WorkerStdio {
  readonly stdin: 'inherit' | 'ignore';
  readonly stdout: 'inherit' | 'pipe' | 'ignore' | number;
  readonly stderr: 'inherit' | 'pipe' | 'ignore' | number;
}

export interface WorkerCall {
  readonly request: WorkerRequest;
  readonly stdio: WorkerStdio;
  /** Called once the worker runs: to read its streams. */
  readonly onStart?: (worker: ChildProcess) => void;
  /** Called when the worker is about to start a container, which waits for it: to send it signals. */
  readonly onContainer?: (worker: ChildProcess) => Promise<void>;
  /** Kills the worker, and with it all that it started. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Does an operation of `worker-main.ts` as root of a new user namespace, where the files of subordinate ids can be made,
 * read and removed. The worker and all below it die with this process.
 *
 * @throws PlinthError `worker-failed`, and whatever the operation throws
 */
export async function callWorker({ request, stdio, onStart, onContainer, signal }: WorkerCall): Promise<unknown> {
  const streams = [stdio.stdin, stdio.stdout, stdio.stderr, 'ipc'] as const;
  const store = openStore(request.storeRoot);
  store.files.ready();
  const ids = ownIds();
  const worker = await enterUserNamespace({
    argv: [process.execPath, workerEntry()],
    env: workerEnv(),
    stdio: streams,
    ids: ids.maps,
    directory: store.paths.tmp,
  });
  const kill = (): void => void worker.kill('SIGKILL');
  signal?.addEventListener('abort', kill, { once: true });
  try {
    onStart?.(worker);
    const reply = await exchange(worker, request, onContainer);
    if (reply.kind === 'failed') throw explainLack(restoreError(reply.error), ids);
    return reply.value;
  } finally {
    signal?.removeEventListener('abort', kill);
  }
}

/** Sends a message to a worker that is busy; none to one that has ended. */
export function sendToWorker(worker: ChildProcess, message: WorkerMessage): void {
  // One that ends meanwhile says so by closing.
  if (worker.connected) worker.send(message, () => {});
}

type LastReply = Exclude<WorkerReply, { readonly kind: 'starting' }>;

/** Sends the request and waits for the reply and for the end of the process with its streams. */
function exchange(
  worker: ChildProcess,
  request: WorkerRequest,
  onContainer: WorkerCall['onContainer'],
): Promise<LastReply> {
  return new Promise((resolve, reject) => {
    let reply: LastReply | undefined;
    const prepare = async (): Promise<void> => {
      await onContainer?.(worker);
      sendToWorker(worker, { kind: 'start' });
    };
    worker.on('message', (message: WorkerReply) => {
      if (message.kind === 'starting') prepare().catch(reject);
      else reply = message;
    });
    worker.once('error', reject);
    worker.once('close', (status, endSignal) => {
      if (reply !== undefined) resolve(reply);
      else reject(failed(request.operation, status, endSignal));
    });
    worker.send(request, (error) => {
      if (error !== null && error !== undefined) reject(failed(request.operation, null, null, error));
    });
  });
}

function failed(
  operation: string,
  status: number | null,
  signal: string | null,
  cause?: Error,
): PlinthError<ContainerErrorCode> {
  const end = signal === null ? `exit status ${status ?? 'unknown'}` : signal;
  return new PlinthError(`${operation}: the helper process in the user namespace ended without an answer: ${end}`, {
    code: 'worker-failed',
    cause,
    details: { operation, status, signal },
  });
}

/** Where the worker may be: among the sources, beside the bundle, or above its chunks. */
const WORKER_PLACES = ['./worker-main.ts', './worker.mjs', '../worker.mjs'];

function workerEntry(): string {
  const paths = WORKER_PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  const found = paths.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new PlinthError<ContainerErrorCode>(`start worker: none of ${paths.join(', ')} exists`, {
    code: 'worker-failed',
    hint: 'Install Plinth again: a part of it is missing.',
  });
}

function workerEnv(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    // Reading the extra certificates costs a Node process 30 ms at its start.
    if (value !== undefined && name !== 'NODE_EXTRA_CA_CERTS') env[name] = value;
  }
  return env;
}

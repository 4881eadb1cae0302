import { removeTree } from '../host/index.ts';
import { openStore, type Store } from '../store/index.ts';
import type { RunReply, RunRequest } from './run.ts';
import type { RunStepReply, RunStepRequest, StepOutput } from './run-step.ts';
import type { WorkerCall, WorkerStdio } from './worker-client.ts';

/** How a container that runs in the foreground is tied to who started it. */
export interface Foreground {
  /**
   * Called right before the container starts, with a function that passes a signal on to it; the start waits for the
   * result, which is called at the end.
   */
  readonly onStart?: (pass: (signal: NodeJS.Signals) => void) => (() => void) | Promise<() => void>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What needs the kernel: mounts, namespaces, and files of other owners. Root does it in this process. Everyone else
 * in a worker that is root of a new user namespace, because a Node process cannot enter one itself.
 */
export interface Sandbox {
  runStep(request: RunStepRequest, output: StepOutput, signal?: AbortSignal): Promise<RunStepReply>;
  runContainer(request: RunRequest, foreground: Foreground): Promise<RunReply>;
  removeContainer(request: { readonly name: string; readonly force: boolean }): Promise<void>;
  exportContainer(request: { readonly name: string }, write: (chunk: Uint8Array) => void): Promise<void>;
  /** Removes a directory of the store with all in it, whoever owns that. */
  removeDirectory(path: string): Promise<void>;
}

/** The sandbox for the store at `storeRoot`, as this user can have it. */
export function sandbox(storeRoot: string): Sandbox {
  return process.geteuid?.() === 0 ? new DirectSandbox(storeRoot) : new WorkerSandbox(storeRoot);
}

/** What an operation needs is loaded at its first use: most builds run nothing. */
class DirectSandbox implements Sandbox {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  runStep(request: RunStepRequest, output: StepOutput, signal?: AbortSignal): Promise<RunStepReply> {
    return this.#with(async (store) => (await import('./run-step.ts')).runStep(store, request, output, signal));
  }

  runContainer(request: RunRequest, foreground: Foreground): Promise<RunReply> {
    return this.#with(async (store) => (await import('./run.ts')).runContainer(store, request, foreground));
  }

  async removeContainer({ name, force }: { readonly name: string; readonly force: boolean }): Promise<void> {
    await this.#with(async (store) => (await import('./remove.ts')).removeContainer(store, name, { force }));
  }

  async exportContainer({ name }: { readonly name: string }, write: (chunk: Uint8Array) => void): Promise<void> {
    await this.#with(async (store) => (await import('./export.ts')).exportContainer(store, name, write));
  }

  async removeDirectory(path: string): Promise<void> {
    removeTree(path);
  }

  async #with<Result>(use: (store: Store) => Promise<Result> | Result): Promise<Result> {
    const store = openStore(this.#root);
    try {
      return await use(store);
    } finally {
      store.close();
    }
  }
}

const NO_INPUT: WorkerStdio = { stdin: 'ignore', stdout: 'ignore', stderr: 'inherit' };

class WorkerSandbox implements Sandbox {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async runStep(request: RunStepRequest, output: StepOutput, signal?: AbortSignal): Promise<RunStepReply> {
    const stream = output === 'inherit' ? 'inherit' : 'pipe';
    const reply = await call({
      request: { operation: 'run-step', storeRoot: this.#root, request },
      stdio: { stdin: 'ignore', stdout: stream, stderr: stream },
      signal,
      onStart: (worker) => {
        if (output === 'inherit') return;
        worker.stdout?.on('data', (bytes: Uint8Array) => output('stdout', bytes));
        worker.stderr?.on('data', (bytes: Uint8Array) => output('stderr', bytes));
      },
    });
    return reply as RunStepReply;
  }

  async runContainer(request: RunRequest, { onStart, signal }: Foreground): Promise<RunReply> {
    let release: (() => void) | undefined;
    try {
      const reply = await call({
        request: { operation: 'run-container', storeRoot: this.#root, request },
        stdio: { stdin: request.interactive ? 'inherit' : 'ignore', stdout: 'inherit', stderr: 'inherit' },
        signal,
        onContainer: async (worker) => {
          const { sendToWorker } = await import('./worker-client.ts');
          // It may start twice, if the first way cannot be gone here.
          release ??= await onStart?.((signal) => sendToWorker(worker, { kind: 'signal', signal }));
        },
      });
      return reply as RunReply;
    } finally {
      release?.();
    }
  }

  async removeContainer(request: { readonly name: string; readonly force: boolean }): Promise<void> {
    await call({ request: { operation: 'remove-container', storeRoot: this.#root, request }, stdio: NO_INPUT });
  }

  async exportContainer(request: { readonly name: string }, write: (chunk: Uint8Array) => void): Promise<void> {
    await call({
      request: { operation: 'export-container', storeRoot: this.#root, request },
      stdio: { ...NO_INPUT, stdout: 'pipe' },
      onStart: (worker) => worker.stdout?.on('data', write),
    });
  }

  async removeDirectory(path: string): Promise<void> {
    try {
      removeTree(path);
    } catch {
      // What subordinate ids own can only be removed from inside their user namespace.
      await call({
        request: { operation: 'remove-directory', storeRoot: this.#root, request: { path } },
        stdio: NO_INPUT,
      });
    }
  }
}

/** Loaded at need: root has no worker. */
async function call(request: WorkerCall): Promise<unknown> {
  const { callWorker } = await import('./worker-client.ts');
  return await callWorker(request);
}

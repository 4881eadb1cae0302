import { writeSync } from 'node:fs';
import { removeTree } from '../host/index.ts';
import { openStore, type Store } from '../store/index.ts';
import { exportContainer } from './export.ts';
import { removeContainer } from './remove.ts';
import { type RunRequest, runContainer } from './run.ts';
import { type RunStepRequest, runStep } from './run-step.ts';
import { recordError, type WorkerMessage, type WorkerReply, type WorkerRequest } from './worker.ts';

type Operation = (store: Store, request: never) => Promise<unknown> | unknown;

const operations: Readonly<Record<string, Operation>> = {
  'run-step': (store, request: RunStepRequest) => runStep(store, request, 'inherit'),
  'run-container': (store, request: RunRequest) => runContainer(store, request, { onStart: receiveSignals }),
  'remove-container': async (store, request: { readonly name: string; readonly force: boolean }) => {
    await removeContainer(store, request.name, request);
  },
  'remove-directory': (_, { path }: { readonly path: string }) => removeTree(path),
  'export-container': (store, request: { readonly name: string }) => exportContainer(store, request.name, writeStdout),
};

/**
 * What the user's terminal sends goes to the whole foreground group; only what the main process passes on counts. The
 * container must not print before the main process listens: whoever reads that may send a signal at once.
 */
function receiveSignals(pass: (signal: NodeJS.Signals) => void): Promise<() => void> {
  return new Promise((resolve) => {
    const release = (): void => void process.off('message', listener);
    const listener = (message: WorkerMessage): void => {
      if (message.kind === 'start') resolve(release);
      else pass(message.signal);
    };
    process.on('message', listener);
    process.send?.({ kind: 'starting' } satisfies WorkerReply);
  });
}

function writeStdout(chunk: Uint8Array): void {
  for (let done = 0; done < chunk.length; ) done += writeSync(1, chunk, done);
}

async function perform({ operation, storeRoot, request }: WorkerRequest): Promise<WorkerReply> {
  const store = openStore(storeRoot);
  try {
    const act = operations[operation];
    if (act === undefined) throw new Error(`worker: no operation ${operation}`);
    return { kind: 'done', value: (await act(store, request as never)) ?? null };
  } catch (error) {
    return { kind: 'failed', error: recordError(error) };
  } finally {
    store.close();
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGTSTP', 'SIGUSR1', 'SIGUSR2'] as const)
  process.on(signal, () => {});
process.once('message', async (message) => {
  const reply = await perform(message as WorkerRequest);
  process.send?.(reply, undefined, undefined, () => process.disconnect?.());
});

/** Tells long synchronous work when to let timers, progress and signals have their turn. */
export interface Pacer {
  /** Whether the work has run long enough since it last paused. */
  due(): boolean;
  /** Gives the event loop one turn. */
  pause(): Promise<void>;
}

/** How long work runs before the event loop gets a turn: short enough for a progress line, too long to cost anything. */
const INTERVAL_MS = 50;

/** A pacer whose time runs from now. */
export function createPacer(intervalMs: number = INTERVAL_MS): Pacer {
  let dueMs = performance.now() + intervalMs;
  return {
    due: () => performance.now() >= dueMs,
    pause: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      dueMs = performance.now() + intervalMs;
    },
  };
}

/** Runs `steps` to their end without a pause. */
export function runSteps<T>(steps: Generator<void, T>): T {
  for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value;
}

/**
 * Runs `steps` to their end, pausing now and then; the signal is heeded between two steps.
 *
 * @throws the signal's reason
 */
export async function runPaced<T>(steps: Generator<void, T>, signal?: AbortSignal): Promise<T> {
  const pacer = createPacer();
  try {
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done) return step.value;
      if (!pacer.due()) continue;
      await pacer.pause();
      signal?.throwIfAborted();
    }
  } finally {
    // Lets the steps' own `finally` blocks run after an abort.
    steps.return(undefined as T);
  }
}

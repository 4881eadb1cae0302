import type { BuildObserver } from '../../build/index.ts';
import { isPlinthError } from '../../errors/index.ts';

/** What a step of the work tells while it runs. */
export interface StepReport {
  output(bytes: Uint8Array): void;
  progress(label: string, doneBytes: number, totalBytes?: number): void;
}

/** Tells of the steps of one build as the building of images does. */
export class BuildProgress {
  readonly #observe: BuildObserver;
  readonly #steps: number;
  readonly #startMs = performance.now();
  #index = 0;

  constructor(observe: BuildObserver, steps: number) {
    this.#observe = observe;
    this.#steps = steps;
    observe({ kind: 'build-started', steps, stages: 1 });
  }

  warn(message: string): void {
    this.#observe({ kind: 'warning', message });
  }

  async step<T>(text: string, work: (report: StepReport) => Promise<T>): Promise<T> {
    const id = `busybox-${++this.#index}`;
    const observe = this.#observe;
    observe({
      kind: 'step-started',
      step: { id, stage: '0', index: this.#index, total: this.#steps, text },
      atMs: this.#now(),
    });
    try {
      const result = await work({
        output: (bytes) => observe({ kind: 'step-output', id, stream: 'stdout', bytes }),
        progress: (label, doneBytes, totalBytes) =>
          observe({ kind: 'step-progress', id, label, doneBytes, ...(totalBytes === undefined ? {} : { totalBytes }) }),
      });
      observe({ kind: 'step-finished', id, atMs: this.#now(), cached: false });
      return result;
    } catch (error) {
      if (isPlinthError(error)) observe({ kind: 'step-failed', id, atMs: this.#now(), error });
      throw error;
    }
  }

  #now(): number {
    return performance.now() - this.#startMs;
  }
}

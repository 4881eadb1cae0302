import { applyEvent, createBuildState } from './build-state.ts';
import { failureLines } from './failure.ts';
import type { Progress, ProgressPowers } from './progress.ts';

/** Shows nothing, except what a step that failed had printed. */
export function createQuietProgress({ write, style }: Pick<ProgressPowers, 'write' | 'style'>): Progress {
  const state = createBuildState();
  return {
    observe(event) {
      applyEvent(state, event);
      if (event.kind !== 'step-failed') return;
      const step = state.steps.get(event.id);
      write(
        failureLines(step === undefined ? [] : [step], style)
          .map((line) => `${line}\n`)
          .join(''),
      );
    },
    close: () => {},
  };
}

import type { BuildEvent } from '../../build/index.ts';
import { formatSeconds, formatSize } from '../render/human.ts';
import { showControls } from '../render/table.ts';
import { applyEvent, type BuildState, createBuildState, type ShownStep } from './build-state.ts';
import type { Progress, ProgressPowers } from './progress.ts';

/** Progress as lines that stay, each with the number of its step: for logs and pipes. */
export function createPlainProgress(powers: Pick<ProgressPowers, 'write' | 'nowMs' | 'style'>): Progress {
  const state = createBuildState();
  const startedMs = powers.nowMs();
  const elapsedMs = () => powers.nowMs() - startedMs;
  return {
    observe(event) {
      const lines = event.kind === 'step-output' ? outputLines(state, event, elapsedMs()) : eventLines(state, event);
      if (lines.length > 0) powers.write(lines.map((line) => `${line}\n`).join(''));
    },
    close: () => {},
  };
}

function outputLines(
  state: BuildState,
  event: Extract<BuildEvent, { kind: 'step-output' }>,
  elapsedMs: number,
): string[] {
  const step = state.steps.get(event.id);
  if (step === undefined) return [];
  return step.log.push(event.stream, event.bytes).map((line) => outputLine(step, line, elapsedMs));
}

function outputLine(step: ShownStep, line: string, elapsedMs: number): string {
  return `#${step.number} ${(Math.max(0, elapsedMs - step.startedMs) / 1000).toFixed(3)} ${line}`.trimEnd();
}

function eventLines(state: BuildState, event: BuildEvent): string[] {
  const step = 'id' in event ? state.steps.get(event.id) : undefined;
  const rest = step === undefined || !('atMs' in event) ? [] : step.log.finish();
  applyEvent(state, event);
  switch (event.kind) {
    case 'step-started':
    case 'output-started': {
      const started = state.steps.get(event.kind === 'step-started' ? event.step.id : event.id);
      return started === undefined ? [] : [`#${started.number} ${started.title}`];
    }
    case 'step-finished':
    case 'output-finished':
    case 'step-failed':
      if (step === undefined) return [];
      return [...rest.map((line) => outputLine(step, line, event.atMs)), ...endLines(step, event), ''];
    case 'warning':
      return [`WARNING: ${state.warnings.at(-1)}`];
    case 'build-finished':
      return state.summary === undefined ? [] : [state.summary];
    default:
      return [];
  }
}

type EndEvent = Extract<BuildEvent, { kind: 'step-finished' | 'output-finished' | 'step-failed' }>;

function endLines(step: ShownStep, event: EndEvent): string[] {
  const label = `#${step.number}`;
  const seconds = formatSeconds(event.atMs - step.startedMs);
  if (event.kind === 'step-failed') return [`${label} ERROR: ${showControls(event.error.message)}`];
  if (event.kind === 'output-finished') {
    return [`${label} DONE ${[seconds, step.remark, event.path].filter((fact) => fact !== undefined).join(', ')}`];
  }
  if (event.cached) return [`${label} CACHED`];
  const size = event.layerBytes === undefined ? '' : `, ${formatSize(event.layerBytes)}`;
  return [
    ...(step.remark === undefined ? [] : [`${label} not cached: ${step.remark}`]),
    `${label} DONE ${seconds}${size}`,
  ];
}

import type { BuildEvent, StepTitle } from '../../build/index.ts';
import type { PlinthError } from '../../errors/index.ts';
import { formatSeconds, formatSize } from '../render/human.ts';
import { showControls } from '../render/table.ts';
import { StepLog } from './step-log.ts';

/** A step of a build, or the writing of an output, as far as it is known. */
export interface ShownStep {
  /** From 1, in the order in which they started. */
  readonly number: number;
  /** `[runtime 2/5] RUN make` */
  readonly title: string;
  readonly startedMs: number;
  readonly log: StepLog;
  state: 'running' | 'cached' | 'done' | 'failed';
  endedMs: number | undefined;
  /** What it works on at the moment: `reading context 12MB / 40MB`. */
  activity: string | undefined;
  /** What came of it, or why it was not cached. */
  remark: string | undefined;
  error: PlinthError | undefined;
}

/** A build as it is shown: the sum of its events so far. */
export interface BuildState {
  readonly steps: Map<string, ShownStep>;
  readonly warnings: string[];
  plannedSteps: number;
  stages: number;
  /** The words that end it, once it has succeeded. */
  summary: string | undefined;
  endedMs: number | undefined;
}

/** A build of which nothing is known yet. */
export function createBuildState(): BuildState {
  return { steps: new Map(), warnings: [], plannedSteps: 0, stages: 1, summary: undefined, endedMs: undefined };
}

/** Adds what `event` tells. */
export function applyEvent(state: BuildState, event: BuildEvent): void {
  switch (event.kind) {
    case 'build-started':
      state.plannedSteps = event.steps;
      state.stages = event.stages;
      return;
    case 'step-started':
      addStep(state, event.step.id, formatTitle(event.step, state.stages), event.atMs);
      return;
    case 'output-started':
      addStep(state, event.id, showControls(event.text), event.atMs);
      return;
    case 'step-output':
      state.steps.get(event.id)?.log.push(event.stream, event.bytes);
      return;
    case 'warning':
      state.warnings.push(showControls(event.message) + (event.line === undefined ? '' : ` (line ${event.line})`));
      return;
    case 'build-finished':
      state.summary = formatSummary(event);
      state.endedMs = event.atMs;
      return;
    default:
      applyToStep(state.steps.get(event.id), event);
  }
}

type StepEvent = Extract<BuildEvent, { kind: 'step-progress' | 'step-finished' | 'step-failed' | 'output-finished' }>;

function applyToStep(step: ShownStep | undefined, event: StepEvent): void {
  if (step === undefined) return;
  if (event.kind === 'step-progress') {
    step.activity = formatActivity(event);
    return;
  }
  step.endedMs = event.atMs;
  step.activity = undefined;
  step.log.finish();
  if (event.kind === 'step-failed') {
    step.state = 'failed';
    step.error = event.error;
  } else if (event.kind === 'output-finished') {
    step.state = 'done';
    step.remark = event.sizeBytes === undefined ? undefined : formatSize(event.sizeBytes);
  } else {
    step.state = event.cached ? 'cached' : 'done';
    step.remark = event.missReason === undefined ? undefined : showControls(event.missReason);
  }
}

function addStep(state: BuildState, id: string, title: string, startedMs: number): void {
  state.steps.set(id, {
    number: state.steps.size + 1,
    title,
    startedMs,
    log: new StepLog(),
    state: 'running',
    endedMs: undefined,
    activity: undefined,
    remark: undefined,
    error: undefined,
  });
}

/** `[2/5]` in a build of one stage without a name, `[stage-1 2/5]` or `[runtime 2/5]` else. */
function formatTitle({ stage, index, total, text }: StepTitle, stages: number): string {
  const words = showControls(text);
  if (stage === undefined) return words;
  const numbered = /^\d+$/.test(stage);
  if (numbered && stages <= 1) return `[${index}/${total}] ${words}`;
  return `[${numbered ? `stage-${stage}` : stage} ${index}/${total}] ${words}`;
}

function formatActivity({ label, doneBytes, totalBytes }: Extract<StepEvent, { kind: 'step-progress' }>): string {
  const bytes =
    totalBytes === undefined ? formatSize(doneBytes) : `${formatSize(doneBytes)} / ${formatSize(totalBytes)}`;
  return `${showControls(label)} ${bytes}`;
}

function formatSummary({ names, imageId, atMs }: Extract<BuildEvent, { kind: 'build-finished' }>): string {
  const named = names.length === 0 ? imageId : `${names.join(', ')} (${imageId.slice(0, 'sha256:'.length + 12)})`;
  return `built ${named} in ${formatSeconds(atMs)}`;
}

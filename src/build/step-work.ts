import type { DiffId, Digest } from '../bytes/index.ts';
import type { Store } from '../store/index.ts';
import type { BuildContext } from './build-context.ts';
import type { Fingerprints } from './fingerprint.ts';
import { laterNs } from './image-time.ts';
import type { Listing } from './listing.ts';
import type { DigestOptions } from './source-digest.ts';
import type { StepCache, StepResult } from './step-cache.ts';
import type { StepRunner } from './step-runner.ts';

/** A stage as far as it is done. */
export interface StageState {
  /** Lowest first. */
  readonly layers: readonly DiffId[];
  /** The newest time among what went into it, or the one that was given for all: for what only a clock could decide. */
  readonly epochNs: bigint;
}

/** What the work of a step has at hand. */
export interface WorkContext {
  readonly store: Store;
  readonly runner: StepRunner | undefined;
  readonly context: BuildContext;
  readonly cache: StepCache;
  /** Of files in layers. */
  readonly fingerprints: Fingerprints;
  /** The time that was given for all that only a clock could decide. */
  readonly givenEpochNs: bigint | undefined;
  /** The stages that are done. */
  readonly stages: ReadonlyMap<number, StageState>;
  readonly signal: AbortSignal | undefined;
  onOutput(stream: 'stdout' | 'stderr', bytes: Uint8Array): void;
  onProgress(label: string, doneBytes: number, totalBytes?: number): void;
}

/** What a step reads beside its parent. */
export interface StepContent {
  readonly digest: Digest;
  /** Absent unless it was asked for and is not known from before. */
  readonly listing?: Listing;
}

/** One step, ready to be looked up and to be done. */
export interface StepWork {
  /** All that decides the result beside parent and content, in one form for one meaning. */
  readonly instruction: string;
  /** What an instruction says without what variables put into it, to tell apart why it changed. */
  readonly text: string;
  /** `NAME=value` of what it sees. */
  readonly variables: readonly string[];
  /** Works out the content; absent for a step that reads nothing. */
  content?(options: DigestOptions): StepContent;
  perform(): Promise<StepResult>;
}

/** The later of the times of a stage and of what a step reads; the given one goes before both. */
export function epochOf(state: StageState, newestNs: bigint, { givenEpochNs }: WorkContext): bigint {
  return givenEpochNs ?? laterNs(newestNs, state.epochNs);
}

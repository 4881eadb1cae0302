import type { PlinthError } from '../errors/index.ts';

/** One step as it is shown: `[runtime 2/5] RUN make`. */
export interface StepTitle {
  /** Unique within one build. */
  readonly id: string;
  /** The stage's name, or its index as text; undefined for work outside stages (writing an output). */
  readonly stage: string | undefined;
  /** Place of the step in its stage, from 1, and how many the stage has. */
  readonly index: number;
  readonly total: number;
  /** The instruction as written, on one line. */
  readonly text: string;
}

/** What a build reports while it works. Times are in ms since the build began. Rendered elsewhere (`cli/progress`). */
export type BuildEvent =
  | { readonly kind: 'build-started'; readonly steps: number; readonly stages: number }
  | { readonly kind: 'step-started'; readonly step: StepTitle; readonly atMs: number }
  /** What the command of a RUN step printed; cut anywhere, also within a line or a character. */
  | {
      readonly kind: 'step-output';
      readonly id: string;
      readonly stream: 'stdout' | 'stderr';
      readonly bytes: Uint8Array;
    }
  /** Work within a step: bytes read, packed or written. */
  | {
      readonly kind: 'step-progress';
      readonly id: string;
      readonly label: string;
      readonly doneBytes: number;
      readonly totalBytes?: number;
    }
  | {
      readonly kind: 'step-finished';
      readonly id: string;
      readonly atMs: number;
      readonly cached: boolean;
      /** Why the step was not taken from the cache, in words. */
      readonly missReason?: string;
      /** Size of the layer that the step made. */
      readonly layerBytes?: number;
    }
  | { readonly kind: 'step-failed'; readonly id: string; readonly atMs: number; readonly error: PlinthError }
  | { readonly kind: 'warning'; readonly message: string; readonly line?: number }
  | { readonly kind: 'output-started'; readonly id: string; readonly text: string; readonly atMs: number }
  | {
      readonly kind: 'output-finished';
      readonly id: string;
      readonly atMs: number;
      readonly path?: string;
      readonly sizeBytes?: number;
    }
  | {
      readonly kind: 'build-finished';
      readonly atMs: number;
      /** The manifest's digest and the config's digest (Docker's image id). */
      readonly manifestDigest: string;
      readonly imageId: string;
      readonly names: readonly string[];
    };

/** Receives events in the order in which they happen. Must not throw. */
export type BuildObserver = (event: BuildEvent) => void;

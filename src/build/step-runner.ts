import type { DiffId } from '../bytes/index.ts';
import type { Platform } from '../oci/index.ts';

/** A file that a command sees while it runs, read-only, and that is no part of the layer. */
export interface RunFile {
  /** Absolute path inside the root file system. */
  readonly path: string;
  readonly mode: number;
  readonly bytes: Uint8Array;
}

/** One command to be run upon a stack of layers. */
export interface RunStep {
  /** The layers below, lowest first. */
  readonly parent: readonly DiffId[];
  readonly args: readonly string[];
  /** `NAME=value`. */
  readonly env: readonly string[];
  readonly cwd: string;
  /** As in the image's config: `name|uid[:group|gid]`; empty is root. */
  readonly user: string;
  readonly network: 'host' | 'none';
  readonly platform: Platform;
  /** Files that the command leaves with a later mtime get this one. */
  readonly clampNs: bigint;
  readonly hostname?: string;
  readonly files?: readonly RunFile[];
  readonly signal?: AbortSignal;
  onOutput(stream: 'stdout' | 'stderr', bytes: Uint8Array): void;
}

/** How a command ended. */
export interface RunOutcome {
  readonly status: number;
  readonly signal?: string;
  /** Why it failed, and what mends that, if it is known. */
  readonly hint?: string;
  /** What it changed, committed to the store; absent if nothing, or if it failed. */
  readonly layer?: { readonly diffId: DiffId; readonly sizeBytes: number };
}

/** Runs the commands of `RUN` steps. The only part of a build that needs a kernel; implemented by `container/`. */
export interface StepRunner {
  run(step: RunStep): Promise<RunOutcome>;
}

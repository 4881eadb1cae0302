import type { Platform } from '../oci/index.ts';
import type { Store, StoredImage } from '../store/index.ts';
import type { Tree } from '../tree/index.ts';
import type { BuildObserver } from './event.ts';
import type { BuildOutput } from './output.ts';
import type { StepRunner } from './step-runner.ts';
import type { WrittenOutput } from './write-output.ts';

/** What to build, and from what. */
export interface BuildOptions {
  /** A directory; or a tree, for a context that came as an archive. */
  readonly context: string | Tree;
  /** A path, or the text itself; absent: `Dockerfile` in the context. */
  readonly dockerfile?: string | { readonly text: string } | undefined;
  /** Names for the image, with or without tag. */
  readonly names?: readonly string[] | undefined;
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** The stage to build, by name or index; absent: the last. */
  readonly target?: string | undefined;
  /** Absent: what the base images are for, and Linux on this machine's processor for one from nothing. */
  readonly platform?: Platform | undefined;
  /** Does every step again. */
  readonly noCache?: boolean | undefined;
  /** Of RUN; default `host`. */
  readonly network?: 'host' | 'none' | undefined;
  /** Absent or empty: the image in the store alone, which there always is. */
  readonly outputs?: readonly BuildOutput[] | undefined;
  /** In seconds, as SOURCE_DATE_EPOCH: all times that only a clock could decide. Absent: the newest time of the input. */
  readonly sourceDateEpoch?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a build works with. */
export interface BuildPowers {
  readonly store: Store;
  /** Absent: a RUN that is not in the cache is an error. */
  readonly runner?: StepRunner | undefined;
  readonly observe?: BuildObserver | undefined;
}

/** What came of a build. */
export interface BuildResult {
  readonly image: StoredImage;
  /** In the order in which they were asked for. */
  readonly outputs: readonly WrittenOutput[];
  readonly steps: number;
  readonly cachedSteps: number;
}

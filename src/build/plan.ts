import type { InlineFile, SourceRange } from '../dockerfile/index.ts';
import type { Platform } from '../oci/index.ts';
import type { StoredImage } from '../store/index.ts';
import type { StepTitle } from './event.ts';
import type { ImageDraft } from './image-draft.ts';

/** What a stage begins with. */
export type StageBase =
  | { readonly kind: 'scratch' }
  | { readonly kind: 'image'; readonly name: string; readonly image: StoredImage }
  | { readonly kind: 'stage'; readonly index: number };

interface StepBase<Kind extends string> {
  readonly kind: Kind;
  readonly title: StepTitle;
  /** Where it stands in the Dockerfile: of an ONBUILD trigger the FROM that set it off. */
  readonly range: SourceRange;
}

/** The base image, shown as a step; nothing is left to be done for it. */
export interface FromStep extends StepBase<'from'> {
  readonly image: StoredImage;
}

/** Where COPY takes its sources from. */
export type CopyOrigin = { readonly kind: 'context' } | Exclude<StageBase, { kind: 'scratch' }>;

/** COPY or ADD. */
export interface CopyStep extends StepBase<'copy'> {
  readonly name: 'COPY' | 'ADD';
  readonly origin: CopyOrigin;
  readonly sources: readonly string[];
  readonly files: readonly InlineFile[];
  /** Absolute; a slash at the end makes it a directory. */
  readonly destination: string;
  readonly chown: string | undefined;
  readonly chmod: string | undefined;
  /** Whether archives among the sources are unpacked. */
  readonly unpack: boolean;
}

/** RUN. */
export interface RunStepPlan extends StepBase<'run'> {
  readonly args: readonly string[];
  /** A file that is executed instead of `args[0]`, seen by this command only. */
  readonly script: { readonly name: string; readonly content: string } | undefined;
  readonly env: readonly string[];
  /** Variables that the command sees but that decide nothing: those of proxies. */
  readonly passedEnv: readonly string[];
  readonly cwd: string;
  readonly user: string;
  readonly network: 'host' | 'none';
}

/** WORKDIR, as far as it makes a directory. */
export interface WorkdirStep extends StepBase<'workdir'> {
  readonly path: string;
  readonly user: string;
}

/** What has to be done for one instruction. Instructions that only change the configuration are done when planned. */
export type PlanStep = FromStep | CopyStep | RunStepPlan | WorkdirStep;

/** One stage, ready to be done. */
export interface StagePlan {
  readonly index: number;
  /** Its name, or its index as text. */
  readonly name: string;
  readonly base: StageBase;
  readonly platform: Platform;
  readonly steps: readonly PlanStep[];
  /** The image that the stage makes, but for its layers. */
  readonly image: ImageDraft;
}

/** All that a build does, decided before any of it is done. */
export interface BuildPlan {
  /** The stages that the target needs, in the order in which they are done: each after those it needs. */
  readonly stages: readonly StagePlan[];
  readonly target: StagePlan;
  /** Given build arguments that no ARG asks for. */
  readonly unusedArgs: readonly string[];
  readonly warnings: readonly PlanWarning[];
}

export interface PlanWarning {
  readonly message: string;
  readonly line?: number;
}

export { build } from './build.ts';
export type { BuildOptions, BuildPowers, BuildResult } from './build-options.ts';
export { DOCKERFILE_LIMIT_BYTES } from './dockerfile-text.ts';
export { type BuildErrorCode, buildErrors } from './error.ts';
export type { BuildEvent, BuildObserver, StepTitle } from './event.ts';
export { type LayerTarget, writeEntries } from './layer-stream.ts';
export type { BuildOutput, OutputSink, OutputTarget } from './output.ts';
export type { RunOutcome, RunStep, StepRunner } from './step-runner.ts';
export type { WrittenOutput } from './write-output.ts';

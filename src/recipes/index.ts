export { type BuiltBusyBox, type BusyBoxBuildOptions, buildBusyBox } from './busybox-build/build-busybox.ts';
export type { BuildShell } from './busybox-build/build-shell.ts';
export type { KnownBreak } from './busybox-build/known-breaks.ts';
export { checkInstallDirectory, entriesTree, planInstalled } from './busybox-output.ts';
export { type RecipesErrorCode, recipesErrors } from './error.ts';
export { type MiniosOptions, type MiniosReport, newMinios } from './minios.ts';
export { type PlannedEntry, planMinios } from './minios-plan.ts';
export { type ProgramResult, processPowers, type RecipePowers, type RunOptions } from './powers.ts';
export { checkDirectory, writeMinios, writePlan } from './write-plan.ts';

export type { BuildEvent, BuildObserver, BuildOutput, OutputSink, OutputTarget, StepTitle } from '../build/index.ts';
export type { BindMount, ContainerRecord, ContainerStatus, NetworkMode, RunReply } from '../container/index.ts';
export {
  type DoctorCode,
  doctorCodes,
  type Finding as DoctorFinding,
  type Fix,
  type Severity,
} from '../doctor/index.ts';
export { isPlinthError, PlinthError } from '../errors/index.ts';
export { type MiniosOptions, type MiniosReport, newMinios } from '../recipes/index.ts';
export type {
  PackagesUsage,
  PackageUsage,
  SizeBreach,
  SizeLimits,
  SlimClassName,
  SlimClassProposal,
} from '../size/index.ts';
export type { Finding, InspectedImage } from '../store/index.ts';
export { type BuildImageOptions, type BuildReport, buildImage } from './build.ts';
export { type BuildBusyBoxOptions, type BusyBoxReport, buildBusyBox } from './busybox.ts';
export { exportContainer, removeContainer } from './container-files.ts';
export { type ContainerSummary, inspectContainer, listContainers } from './containers.ts';
export {
  type DependencyReport,
  type FindDependenciesOptions,
  findDependencies,
  type HintReport,
  type LibraryReport,
  type ObjectReport,
  type ProblemReport,
  type ProgramReport,
} from './deps.ts';
export { type DiskOptions, type DiskReport, writeDisk } from './disk.ts';
export { expandDockerfileWords, parseDockerfile } from './dockerfile.ts';
export { type DoctorReport, type ExamineOptions, examine } from './doctor.ts';
export {
  type DirectorySize,
  type DuplicateSize,
  type FileSize,
  type LayerSize,
  type MeasureSizeOptions,
  measureSize,
  type SizeReport,
} from './du.ts';
export { type SdkErrorCode, sdkErrors } from './error.ts';
export {
  type HistoryStep,
  type ImageSummary,
  imageHistory,
  inspectImage,
  inspectObject,
  listImages,
  type RemovedImage,
  removeImage,
  tagImage,
} from './images.ts';
export { type PruneReport, pruneStore, storeUsage, type UsageRow, verifyStore } from './maintenance.ts';
export { type NewBaseOptions, type NewBaseReport, newBase } from './new-base.ts';
export {
  type PackAddition,
  type PackOptions,
  type PackPartReport,
  type PackReport,
  packPrograms,
} from './pack.ts';
export { type RunOptions, runContainer } from './run.ts';
export type { Common } from './session.ts';
export { type SlimImageOptions, type SlimImageReport, slimImage } from './slim.ts';
export type { SlimmedImage, SlimmedLayer } from './slim-image.ts';
export {
  type ImportImageOptions,
  importImage,
  type LoadImagesOptions,
  loadImages,
  type SaveImagesOptions,
  saveImages,
} from './transfer.ts';

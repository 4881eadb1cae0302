export { dataBytes } from './data-bytes.ts';
export { type DirectoryUsage, measureDirectories } from './directory-usage.ts';
export { type DuplicateFiles, findDuplicates } from './duplicates.ts';
export { type LayersUsage, type LayerUsage, measureLayers, type WastedFile } from './layer-usage.ts';
export { measurePackages, type PackagesUsage, type PackageUsage } from './packages/index.ts';
export { type SizeErrorCode, sizeErrors } from './size-error.ts';
export { checkSizeLimits, type SizeBreach, type SizeLimits } from './size-limits.ts';
export {
  parseSlimClass,
  proposeSlim,
  SLIM_CLASSES,
  type SlimClass,
  type SlimClassName,
  type SlimClassProposal,
  type SlimOptions,
  type SlimProposal,
  slimTree,
  survivingTrees,
} from './slim/index.ts';
export { largestFiles, type StoredFile, storedFiles } from './stored-file.ts';

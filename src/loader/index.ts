export type { DlopenHint } from './dlopen-hint.ts';
export { type CachedLibrary, encodeLoaderCache } from './encode-ld-cache.ts';
export { type Closure, type ClosureOptions, findClosure, type ProgramClosure } from './find-closure.ts';
export { type CacheEntry, type LoaderCache, parseLoaderCache } from './ld-cache.ts';
export type { Dependency, LoadedObject, PassedOver, SearchReason } from './loaded-object.ts';
export type { LoaderProblem, LoaderProblemKind } from './loader-problem.ts';
export {
  DEFAULT_PATH,
  type ProgramPlan,
  type ProgramStep,
  type ResolveOptions,
  resolveProgram,
} from './resolve-program.ts';
export { type FoundFile, RootFiles } from './root-files.ts';
export type { Shebang } from './shebang.ts';

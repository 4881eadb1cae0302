import type { ByteString } from '../bytes/index.ts';
import { FLAGS_1 } from '../elf/index.ts';
import { servesProgram } from './cache-flags.ts';
import type { LoadingObject } from './loaded-object.ts';
import { absolutePath, directoryOf } from './root-files.ts';
import type { BrokenLibrary, FoundLibrary, Search, SearchOutcome } from './search.ts';
import { fillTokens, glibcDirectories } from './search-path.ts';

type Step = FoundLibrary | BrokenLibrary | undefined;

/** Looks for a library that `by` needs, in the order of ld.so(8). */
export function searchGlibc(search: Search, by: LoadingObject): SearchOutcome {
  const { name, context } = search;
  if (name.includes('/')) {
    const filled = fillTokens(name, by, context);
    const path = filled === undefined ? undefined : absolutePath(filled, context.cwd);
    return (path === undefined ? undefined : search.at(path, 'absolute')) ?? { kind: 'missing' };
  }
  return (
    inRpaths(search, by) ??
    inLibraryPath(search) ??
    inRunpath(search, by) ??
    inCache(search, by) ??
    inDefaults(search, by) ?? { kind: 'missing' }
  );
}

/** DT_RPATH counts unless the object has a DT_RUNPATH: its own, then those of what it was loaded for, up to the program. */
function inRpaths(search: Search, by: LoadingObject): Step {
  if (by.elf.runpath !== undefined) return undefined;
  const { context } = search;
  const chain: LoadingObject[] = [];
  for (let object: LoadingObject | undefined = by; object !== undefined; object = object.loadedBy) chain.push(object);
  if (!chain.includes(context.main)) chain.push(context.main);
  for (const object of chain) {
    const { rpath, runpath } = object.elf;
    if (rpath === undefined || runpath !== undefined) continue;
    const outcome = search.inDirectories(glibcDirectories(rpath, { separator: ':', object, context }), 'rpath');
    if (outcome !== undefined) return outcome;
  }
  return undefined;
}

function inLibraryPath(search: Search): Step {
  const { context } = search;
  const { libraryPath, secure, main } = context;
  if (libraryPath === undefined || libraryPath === '' || secure) return undefined;
  const directories = glibcDirectories(libraryPath, { separator: /[:;]/, object: main, context });
  return search.inDirectories(directories, 'ld-library-path');
}

function inRunpath(search: Search, by: LoadingObject): Step {
  if (by.elf.runpath === undefined) return undefined;
  const { context } = search;
  return search.inDirectories(glibcDirectories(by.elf.runpath, { separator: ':', object: by, context }), 'runpath');
}

/** The cache names one file; if that is gone, the search goes on in the default directories. */
function inCache(search: Search, by: LoadingObject): Step {
  const { cache, loader } = search.context;
  if (cache === undefined) return undefined;
  search.searched.push(loader.cachePath);
  const path = cachedPath(search);
  if (path === undefined || (leavesOutDefaults(by) && isDefault(path, loader.defaultDirectories))) return undefined;
  return search.at(path, 'cache');
}

/** A bit that marks libraries with thread-local storage, which every processor can do. */
const TLS_HWCAP = 1n << 63n;

function cachedPath({ name, context }: Search): ByteString | undefined {
  const entries = context.cache?.get(name)?.filter((entry) => servesProgram(entry, context.main.elf)) ?? [];
  for (const hwcap of context.hwcaps) {
    const named = entries.find((entry) => entry.hwcap === hwcap);
    if (named !== undefined) return named.path;
  }
  return entries.find(({ hwcap, legacyHwcap }) => hwcap === undefined && (legacyHwcap & ~TLS_HWCAP) === 0n)?.path;
}

function inDefaults(search: Search, by: LoadingObject): Step {
  if (leavesOutDefaults(by)) return undefined;
  return search.inDirectories(search.context.loader.defaultDirectories, 'default');
}

function leavesOutDefaults({ elf }: LoadingObject): boolean {
  return (elf.flags1 & FLAGS_1.nodeflib) !== 0;
}

function isDefault(path: ByteString, directories: readonly ByteString[]): boolean {
  return directories.includes(directoryOf(path));
}

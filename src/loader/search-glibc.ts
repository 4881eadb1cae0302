import type { ByteString } from '../bytes/index.ts';
import { FLAGS_1 } from '../elf/index.ts';
import { servesProgram } from './cache-flags.ts';
import type { LoadingObject } from './loaded-object.ts';
import { absolutePath, directoryOf } from './root-files.ts';
import { type BrokenLibrary, type FoundLibrary, Search, type SearchOutcome } from './search.ts';
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
    inSystem(search, by) ?? { kind: 'missing' }
  );
}

/** DT_RPATH counts unless the object has a DT_RUNPATH: its own, then those of what it was loaded for, up to the program. */
function inRpaths(search: Search, by: LoadingObject): Step {
  if (by.elf.runpath !== undefined) return undefined;
  const { main } = search.context;
  let above: LoadingObject | undefined;
  for (let object: LoadingObject | undefined = by; object !== undefined; object = object.loadedBy) {
    const outcome = inRpath(search, object);
    if (outcome !== undefined) return outcome;
    above = object;
  }
  return above === main ? undefined : inRpath(search, main);
}

function inRpath(search: Search, object: LoadingObject): Step {
  const { rpath, runpath } = object.elf;
  if (rpath === undefined || runpath !== undefined) return undefined;
  const { context } = search;
  return search.inDirectories(glibcDirectories(rpath, { separator: ':', object, context }), 'rpath');
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

/** The places that are the same for all programs of a loader; most libraries are found there, and looked for but once. */
function inSystem(search: Search, by: LoadingObject): Step {
  const { name, context } = search;
  if (leavesOutDefaults(by)) return inCache(search, by);
  let result = context.known.get(name);
  if (result === undefined) {
    const own = new Search(name, context);
    const outcome = inCache(own, by) ?? own.inDirectories(context.loader.defaultDirectories, 'default');
    result = { outcome, searched: own.searched, passedOver: own.passedOver };
    context.known.set(name, result);
  }
  return search.follow(result);
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
  const entries = context.cache?.get(name).filter((entry) => servesProgram(entry, context.main.elf)) ?? [];
  for (const hwcap of context.hwcaps) {
    const named = entries.find((entry) => entry.hwcap === hwcap);
    if (named !== undefined) return named.path;
  }
  return entries.find(({ hwcap, legacyHwcap }) => hwcap === undefined && (legacyHwcap & ~TLS_HWCAP) === 0n)?.path;
}

function leavesOutDefaults({ elf }: LoadingObject): boolean {
  return (elf.flags1 & FLAGS_1.nodeflib) !== 0;
}

function isDefault(path: ByteString, directories: readonly ByteString[]): boolean {
  return directories.includes(directoryOf(path));
}

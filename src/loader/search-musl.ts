import type { ByteString } from '../bytes/index.ts';
import type { LoadingObject } from './loaded-object.ts';
import { absolutePath } from './root-files.ts';
import type { Search, SearchOutcome } from './search.ts';
import { muslDirectories, muslRunpath } from './search-path.ts';

/** The libraries that are all parts of musl itself. */
const OWN_LIBRARIES = /^lib(?:c|pthread|rt|m|dl|util|xnet)\./;
const PATH_FILE_LIMIT_BYTES = 64 * 1024;

/** Whether musl takes `name` for itself, whatever files there are. */
export function isMuslItself(name: ByteString): boolean {
  return !name.includes('/') && OWN_LIBRARIES.test(name);
}

/** Looks for a library that `by` needs, in musl's order. */
export function searchMusl(search: Search, by: LoadingObject): SearchOutcome {
  const { name, context } = search;
  if (name.includes('/')) return search.at(absolutePath(name, context.cwd), 'absolute') ?? { kind: 'missing' };
  const { libraryPath, secure } = context;
  if (libraryPath !== undefined && !secure) {
    const outcome = search.inDirectories(muslDirectories(libraryPath, context.cwd), 'ld-library-path');
    if (outcome !== undefined) return outcome;
  }
  for (let object: LoadingObject | undefined = by; object !== undefined; object = object.loadedBy) {
    const reason = object.elf.runpath === undefined ? 'rpath' : 'runpath';
    const outcome = search.inDirectories(muslRunpath(object, context), reason);
    if (outcome !== undefined) return outcome;
  }
  return search.inDirectories(systemDirectories(search), 'default') ?? { kind: 'missing' };
}

/** The directories of `/etc/ld-musl-ARCH.path`, below the prefix that the loader was installed with, or the usual ones. */
function systemDirectories({ context }: Search): readonly ByteString[] {
  const { files, loader, main, cwd } = context;
  const prefix = /^(.*)\/[^/]*\/[^/]*$/.exec(main.elf.interpreter ?? '')?.[1] ?? '';
  const list = files.text(`${prefix}/etc/ld-musl-${loader.muslName}.path` as ByteString, PATH_FILE_LIMIT_BYTES);
  return list === undefined ? loader.defaultDirectories : muslDirectories(list, cwd);
}

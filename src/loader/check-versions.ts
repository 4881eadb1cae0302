import { type ByteString, decodeText } from '../bytes/index.ts';
import type { ElfFile, VersionsNeeded } from '../elf/index.ts';
import type { LoadingObject } from './loaded-object.ts';
import type { LoaderProblem } from './loader-problem.ts';
import type { Namespace } from './namespace.ts';

const definedNames = new WeakMap<ElfFile, ReadonlySet<ByteString>>();

/** The versions of symbols that objects need and the libraries that were found do not have. musl does not look at them. */
export function missingVersions(namespace: Namespace, objects: readonly LoadingObject[]): LoaderProblem[] {
  if (namespace.context.loader.flavour === 'musl') return [];
  const problems: LoaderProblem[] = [];
  for (const object of objects) {
    for (const needed of object.elf.versionsNeeded) {
      const library = namespace.find(needed.file);
      if (library === undefined) continue;
      for (const name of missingNames(needed, library.elf)) problems.push(problem(name, library, object));
    }
  }
  return problems;
}

/** The last comparison of what a file needs of a library: nearly all programs of a system find the same one. */
const compared = new WeakMap<VersionsNeeded, { readonly library: ElfFile; readonly missing: readonly ByteString[] }>();

function missingNames(needed: VersionsNeeded, library: ElfFile): readonly ByteString[] {
  const known = compared.get(needed);
  if (known?.library === library) return known.missing;
  const missing = compareVersions(needed, library);
  compared.set(needed, { library, missing });
  return missing;
}

function compareVersions({ versions }: VersionsNeeded, library: ElfFile): ByteString[] {
  // To a library without any versions the loader says nothing that would stop it.
  if (library.versionsDefined.length === 0) return [];
  const defined = versionsOf(library);
  return versions.filter(({ name, weak }) => !weak && !defined.has(name)).map(({ name }) => name);
}

function versionsOf(elf: ElfFile): ReadonlySet<ByteString> {
  const known = definedNames.get(elf);
  if (known !== undefined) return known;
  const names = new Set(elf.versionsDefined);
  definedNames.set(elf, names);
  return names;
}

function problem(version: ByteString, library: LoadingObject, by: LoadingObject): LoaderProblem {
  const newest = newestLike(version, library.elf.versionsDefined);
  return {
    kind: 'version-missing',
    path: by.path,
    missing: version,
    message: `${decodeText(library.path)}: version \`${decodeText(version)}' not found (required by ${decodeText(by.path)})`,
    hint:
      newest === undefined
        ? `${decodeText(library.path)} has no versions of this kind: it is another library than the program was made with.`
        : `${decodeText(library.path)} goes up to ${decodeText(newest)}: the program was made on a newer system.`,
  };
}

/** The highest of `versions` with the same word before the number: `GLIBC_2.36` for `GLIBC_2.38`. */
function newestLike(version: ByteString, versions: readonly ByteString[]): ByteString | undefined {
  const word = /^(.*?)[\d.]*$/.exec(version)?.[1] ?? version;
  return versions
    .filter((name) => name.startsWith(word) && /^[\d.]+$/.test(name.slice(word.length)))
    .sort((left, right) => left.localeCompare(right, 'en', { numeric: true }))
    .at(-1);
}

import { type ByteString, decodeText } from '../bytes/index.ts';
import { nearMiss } from '../errors/index.ts';
import { configuredDirectories } from './ld-conf.ts';
import type { Dependency, LoadingObject } from './loaded-object.ts';
import type { LoaderProblem } from './loader-problem.ts';
import { lastName, pathIn } from './root-files.ts';
import type { BrokenLibrary, SearchContext } from './search.ts';

/** The problem that a library is not found, with what there is instead. */
export function missingLibrary(dependency: Dependency, by: LoadingObject, context: SearchContext): LoaderProblem {
  const { name } = dependency;
  const [program, needer, library] = [context.main.path, by.path, name].map(decodeText);
  const message =
    context.loader.flavour === 'musl'
      ? `Error loading shared library ${library}: No such file or directory (needed by ${needer})`
      : `${program}: error while loading shared libraries: ${library}: cannot open shared object file: No such file or directory`;
  const kind = 'library-missing';
  return { kind, path: by.path, missing: name, message, hint: hintFor(dependency, by, context) };
}

/** The problem that the loader gives up at a file with the name of a library. */
export function brokenLibrary({ path, fact }: BrokenLibrary, by: LoadingObject, context: SearchContext): LoaderProblem {
  const [program, needer, library] = [context.main.path, by.path, path].map(decodeText);
  const message =
    context.loader.flavour === 'musl'
      ? `Error loading shared library ${library}: ${fact} (needed by ${needer})`
      : `${program}: error while loading shared libraries: ${library}: ${fact}`;
  return { kind: 'library-broken', path, message, hint: `${needer} needs it.` };
}

function hintFor(dependency: Dependency, by: LoadingObject, context: SearchContext): string {
  const needed = by === context.main ? '' : `${decodeText(by.path)} needs it. `;
  return `${needed}${instead(dependency, context)}`;
}

function instead({ name, searched, passedOver }: Dependency, context: SearchContext): string {
  const { files, loader } = context;
  const [skipped] = passedOver;
  if (skipped !== undefined) return `${decodeText(skipped.path)} is no use: ${skipped.why}.`;
  if (name.includes('/')) return 'It is asked for by this path, and is looked for nowhere else.';
  const configured = configuredDirectories(files);
  const uncached = configured.find((directory) => files.find(pathIn(directory, name))?.node.kind === 'file');
  if (loader.flavour === 'glibc' && uncached !== undefined) {
    return `It lies in ${decodeText(uncached)}, which /etc/ld.so.conf names, but ${decodeText(loader.cachePath)} does not know it: run ldconfig.`;
  }
  const directories = new Set([...searched, ...loader.defaultDirectories, ...configured]);
  const near = similar(name, [...directories], context);
  const looked = `Looked in ${searched.length === 0 ? 'nothing' : searched.map(decodeText).join(', ')}.`;
  return near === undefined ? looked : `There is ${decodeText(near)}. ${looked}`;
}

/** Another version of the library, or one with a similar name. */
function similar(
  name: ByteString,
  directories: readonly ByteString[],
  { files }: SearchContext,
): ByteString | undefined {
  const stem = /^(.*?\.so)(?:\.|$)/.exec(lastName(name))?.[1];
  for (const directory of directories) {
    const names = files.names(directory).filter((other) => other.includes('.so'));
    const sibling = names.find((other) => other !== name && stem !== undefined && other.startsWith(`${stem}.`));
    if (sibling !== undefined) return pathIn(directory, sibling);
  }
  for (const directory of directories) {
    const near = nearMiss(
      name,
      files.names(directory).filter((other) => other[3] === name[3] && other.includes('.so')),
    );
    if (near !== undefined && near !== name) return pathIn(directory, near as ByteString);
  }
  return undefined;
}

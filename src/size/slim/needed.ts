import { type ByteString, decodeText, encodeText } from '../../bytes/index.ts';
import type { ProcessConfig } from '../../oci/index.ts';
import { joinPath, type Tree, type TreePath } from '../../tree/index.ts';
import { classify, type Languages } from './classify.ts';

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The names of programs that read headers and static libraries. */
const COMPILER = /^(?:[\w.]+-)*(?:cc|cpp|gcc|g\+\+|c\+\+|clang|clang\+\+|tcc|ld|gccgo|rustc|ghc)(?:-[\d.]+)?$/;

/** What of the tree an image's configuration names: files and directories, with everything in them. */
export type NeededPlaces = ReadonlySet<TreePath>;

/**
 * Files that the start of the image names: in entry point, command and health check (through PATH and the working
 * directory, also within the text of a shell), and the directories that these, VOLUME and WORKDIR name, as far as a class
 * of files to leave out reaches into them: `/tmp` counts, `/usr` does not.
 */
export function neededPlaces(tree: Tree, config: ProcessConfig, languages: Languages): NeededPlaces {
  const places = new Set<TreePath>();
  for (const text of namedPaths(config)) {
    const found = tree.resolve(encodeText(text));
    if (found === undefined || found.path === '') continue;
    if (found.node.kind !== 'directory' || isWithinClass(found.path, languages)) places.add(found.path);
  }
  return places;
}

/** Whether `path` or a directory above it is among `places`. */
export function isNeeded(path: TreePath, places: NeededPlaces): boolean {
  if (places.has(path)) return true;
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
    if (places.has(path.slice(0, slash) as TreePath)) return true;
  }
  return false;
}

/** The path of a compiler or linker that the image's PATH finds. */
export function findCompiler(tree: Tree, config: ProcessConfig): string | undefined {
  for (const directory of searchPath(config)) {
    const found = tree.resolve(encodeText(directory));
    if (found?.node.kind !== 'directory') continue;
    const name = [...found.node.children.keys()].find((child) => COMPILER.test(child));
    if (name !== undefined) return `/${decodeText(joinPath(found.path, name))}`;
  }
  return undefined;
}

function namedPaths(config: ProcessConfig): string[] {
  const { Entrypoint = [], Cmd = [], Healthcheck, Volumes = {}, WorkingDir = '/' } = config;
  const words = [...Entrypoint, ...Cmd, ...(Healthcheck?.Test ?? [])];
  const programs = [Entrypoint[0] ?? Cmd[0], Healthcheck?.Test?.[1]].filter((word) => word !== undefined);
  return [
    WorkingDir,
    ...Object.keys(Volumes),
    ...programs.flatMap((program) => searchPath(config).map((directory) => `${directory}/${program}`)),
    ...words.map((word) => (word.startsWith('/') ? word : `${WorkingDir}/${word}`)),
    ...words.flatMap((word) => word.match(/\/[^\s'"`;|&()<>{}$=:,]+/g) ?? []),
  ];
}

function searchPath({ Env = [] }: ProcessConfig): string[] {
  const path = Env.find((variable) => variable.startsWith('PATH='))?.slice('PATH='.length) ?? DEFAULT_PATH;
  return path.split(':').filter((directory) => directory.startsWith('/'));
}

function isWithinClass(directory: TreePath, languages: Languages): boolean {
  const inside = joinPath(directory, 'x' as ByteString);
  return classify(directory, languages) !== undefined || classify(inside, languages) !== undefined;
}

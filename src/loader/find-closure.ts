import type { ByteString } from '../bytes/index.ts';
import { isProgram, sameMachine } from '../elf/index.ts';
import { isPlinthError } from '../errors/index.ts';
import type { Tree, TreePath } from '../tree/index.ts';
import { missingVersions } from './check-versions.ts';
import { DependencyPool } from './dependency-pool.ts';
import type { DlopenHint } from './dlopen-hint.ts';
import { ElfFiles } from './elf-files.ts';
import { findHints, TELLING_SYMBOLS } from './find-hints.ts';
import { type LoaderCache, parseLoaderCache } from './ld-cache.ts';
import { type LoadedObject, type LoadingObject, loadingObject } from './loaded-object.ts';
import type { LoaderProblem } from './loader-problem.ts';
import { type LoaderProgram, readLoaderProgram } from './loader-program.ts';
import { brokenLibrary, missingLibrary } from './missing-library.ts';
import { Namespace } from './namespace.ts';
import { type ProgramPlan, ProgramResolver, type ResolveOptions } from './resolve-program.ts';
import { type FoundFile, RootFiles, readSmallFile } from './root-files.ts';
import type { SearchContext, SearchResult } from './search.ts';
import { systemLayout } from './system-table.ts';

export interface ClosureOptions extends ResolveOptions {
  /** LD_LIBRARY_PATH. */
  readonly libraryPath?: ByteString | undefined;
  /** Subdirectories of glibc-hwcaps that the processor is good for, best first; none if not given. */
  readonly hwcaps?: readonly ByteString[] | undefined;
}

/** All that one program needs to start. */
export interface ProgramClosure {
  /** As it was asked for. */
  readonly name: ByteString;
  /** What execve(2) opens: scripts, their interpreters, programs. */
  readonly plan: ProgramPlan;
  /** Every file that is loaded into the programs, in the order of loading; each program is followed by its loader. */
  readonly objects: readonly LoadedObject[];
  /** Empty if it starts. */
  readonly problems: readonly LoaderProblem[];
  readonly hints: readonly DlopenHint[];
}

/** All that some programs of one root file system need. */
export interface Closure {
  readonly programs: readonly ProgramClosure[];
  /** The files of all programs by where they lie; without what hints name. */
  readonly objects: ReadonlyMap<TreePath, LoadedObject>;
  /** Every path that must be there for the programs to start: scripts, programs, libraries, and all links to them. */
  readonly paths: ReadonlySet<TreePath>;
  readonly problems: readonly LoaderProblem[];
  readonly hints: readonly DlopenHint[];
}

/**
 * Finds what programs (paths, or names on PATH) and libraries of `tree` need, by the rules of execve(2), ld.so(8) and
 * musl. Nothing is run, so any architecture will do; a hostile file is a problem in the result.
 *
 * @throws PlinthError of reading `tree`
 */
export function findClosure(tree: Tree, programs: readonly ByteString[], options: ClosureOptions = {}): Closure {
  const finder = new ClosureFinder(tree, options);
  const found = programs.map((name) => finder.find(name));
  const all = found.flatMap(({ objects }) => objects);
  return {
    programs: found,
    objects: new Map(all.map((object) => [object.realPath, object])),
    paths: pathsOf(found),
    problems: unique(found.flatMap(({ problems }) => problems)),
    hints: found.flatMap(({ hints }) => hints),
  };
}

function pathsOf(programs: readonly ProgramClosure[]): Set<TreePath> {
  const paths = new Set<TreePath>();
  const add = (path: TreePath, links: readonly TreePath[]): void => {
    for (const link of links) paths.add(link);
    paths.add(path);
  };
  for (const { plan, objects } of programs) {
    for (const { file } of plan.steps) add(file.realPath, file.links);
    for (const { realPath, linkPaths } of objects) add(realPath, linkPaths);
  }
  return paths;
}

function unique(problems: readonly LoaderProblem[]): LoaderProblem[] {
  return [...new Map(problems.map((problem) => [`${problem.path}\0${problem.message}`, problem])).values()];
}

const CACHE_LIMIT_BYTES = 32 << 20;
const PRELOAD_PATH = '/etc/ld.so.preload' as ByteString;
const PRELOAD_LIMIT_BYTES = 64 * 1024;
const SETUID_SETGID = 0o6000;

/** A loader for programs of one kind, and what it has found for them. */
interface KnownLoader {
  readonly loader: LoaderProgram;
  readonly known: Map<ByteString, SearchResult>;
}

/** Finds the closures of programs of one tree; what they share is read once. */
class ClosureFinder {
  readonly #files: RootFiles;
  readonly #elves = new ElfFiles(TELLING_SYMBOLS);
  readonly #resolver: ProgramResolver;
  readonly #options: ClosureOptions;
  readonly #dependencies = new DependencyPool();
  readonly #loaders = new Map<string, KnownLoader>();
  readonly #caches = new Map<ByteString, LoaderCache | undefined>();

  constructor(tree: Tree, options: ClosureOptions) {
    this.#files = new RootFiles(tree);
    this.#options = options;
    this.#resolver = new ProgramResolver({ files: this.#files, elves: this.#elves }, options);
  }

  find(name: ByteString): ProgramClosure {
    const plan = this.#resolver.resolve([name]);
    const objects: LoadedObject[] = [];
    const problems = [...plan.problems.filter((problem) => !this.#isLibrary(plan, problem))];
    const hints: DlopenHint[] = [];
    for (const { file, elf, namedBy } of plan.steps) {
      if (elf === undefined || namedBy === 'loader') continue;
      const namespace = this.#load(loadingObject('program', file, { elf, loadedBy: undefined }));
      if (namespace === undefined) continue;
      const loaded = [...namespace.objects];
      objects.push(...loaded);
      problems.push(...problemsOf(namespace, loaded));
      hints.push(...findHints(namespace));
    }
    return { name, plan, objects, problems: unique(problems), hints };
  }

  /** A library that is asked about need not be executable. */
  #isLibrary({ steps: [first] }: ProgramPlan, { kind }: LoaderProblem): boolean {
    return kind === 'program-not-executable' && first?.elf !== undefined && !isProgram(first.elf);
  }

  #load(main: LoadingObject): Namespace | undefined {
    const { elf } = main;
    if (elf.type !== 'executable' && elf.type !== 'shared') return undefined;
    const path = elf.interpreter ?? this.#usualLoader(main);
    const file = path === undefined ? undefined : this.#files.find(path);
    const loader = this.#loaderObject(main, file);
    const program = this.#loaderProgram(main, path ?? ('' as ByteString), loader?.file);
    const isGlibc = program.loader.flavour === 'glibc';
    const context: SearchContext = {
      files: this.#files,
      elves: this.#elves,
      ...program,
      cache: isGlibc ? this.#cache(program.loader.cachePath) : undefined,
      dependencies: this.#dependencies,
      main,
      cwd: this.#options.cwd ?? ('/' as ByteString),
      libraryPath: this.#options.libraryPath,
      secure: main.file.node.kind === 'file' && (main.file.node.mode & SETUID_SETGID) !== 0,
      hwcaps: this.#options.hwcaps ?? [],
    };
    const namespace = new Namespace(context, loader);
    // A program without a loader is started as it is.
    if (path === undefined) return namespace;
    namespace.loadProgram(isGlibc ? this.#preload() : []);
    return namespace;
  }

  #loaderObject(main: LoadingObject, file: FoundFile | undefined): LoadingObject | undefined {
    if (file?.node.kind !== 'file' || file.node === main.file.node) return undefined;
    const elf = this.#elves.read(file.node);
    if (isPlinthError(elf) || !sameMachine(elf, main.elf)) return undefined;
    return loadingObject('loader', file, { elf, loadedBy: undefined });
  }

  /** The loader of programs that would load this library. */
  #usualLoader({ elf }: LoadingObject): ByteString | undefined {
    if (elf.needed.length === 0) return undefined;
    const layout = systemLayout(elf);
    const musl = `/lib/ld-musl-${layout?.musl}.so.1` as ByteString;
    const isMusl = elf.needed.some((name) => name === 'libc.so' || name.startsWith('libc.musl-'));
    const glibc = layout?.loader ?? ('/lib/ld.so.1' as ByteString);
    if (isMusl || (this.#files.find(glibc) === undefined && this.#files.find(musl) !== undefined)) return musl;
    return glibc;
  }

  #loaderProgram({ elf }: LoadingObject, path: ByteString, file: FoundFile | undefined): KnownLoader {
    const { machine, class: elfClass, byteOrder, flags } = elf;
    const key = `${path}\0${machine}/${elfClass}/${byteOrder}/${flags}`;
    const found = this.#loaders.get(key);
    if (found !== undefined) return found;
    const loader = { loader: readLoaderProgram(path, file, elf), known: new Map<ByteString, SearchResult>() };
    this.#loaders.set(key, loader);
    return loader;
  }

  #cache(path: ByteString): LoaderCache | undefined {
    if (this.#caches.has(path)) return this.#caches.get(path);
    const bytes = readSmallFile(this.#files.find(path), CACHE_LIMIT_BYTES);
    const cache = bytes === undefined ? undefined : parseLoaderCache(bytes);
    this.#caches.set(path, cache);
    return cache;
  }

  /** Libraries that glibc loads into every program. */
  #preload(): ByteString[] {
    const text = this.#files.text(PRELOAD_PATH, PRELOAD_LIMIT_BYTES) ?? '';
    const names = text.split('\n').flatMap((line) => line.replace(/#.*$/, '').split(/[\s:]+/));
    return names.filter((name) => name !== '') as ByteString[];
  }
}

function problemsOf(namespace: Namespace, objects: readonly LoadingObject[]): LoaderProblem[] {
  const { context } = namespace;
  const broken = new Set(namespace.broken.map(({ by, name }) => `${by.path}\0${name}`));
  const missing: LoaderProblem[] = [];
  for (const by of objects) {
    for (const dependency of by.needed) {
      const { name, reason, optional } = dependency;
      if (reason !== 'not-found' || optional || broken.has(`${by.path}\0${name}`)) continue;
      missing.push(missingLibrary(dependency, by, context));
    }
  }
  return [
    ...namespace.broken.map(({ by, broken: library }) => brokenLibrary(library, by, context)),
    ...missing,
    ...missingVersions(namespace, objects),
  ];
}

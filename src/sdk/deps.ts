import { type ByteString, decodeText, encodeText } from '../bytes/index.ts';
import { type ElfFile, isStatic, MachineTable } from '../elf/index.ts';
import {
  type Closure,
  type Dependency,
  type DlopenHint,
  findClosure,
  type LoadedObject,
  type LoaderProblem,
  type ProgramClosure,
  type SearchReason,
} from '../loader/index.ts';
import type { TreePath } from '../tree/index.ts';
import { hostHwcaps } from './processor.ts';
import { withRoot } from './root-source.ts';
import type { Common } from './session.ts';

export interface FindDependenciesOptions extends Common {
  /** Paths, or names that are looked for on PATH. Libraries will do, too. */
  readonly programs: readonly string[];
  /** A directory, an image of the store, an archive of one, or a tar; the root of this machine if not given. */
  readonly source?: string | undefined;
  /** LD_LIBRARY_PATH. */
  readonly libraryPath?: string | undefined;
  /** PATH, and the working directory, where `source` does not say them. */
  readonly path?: string | undefined;
  readonly cwd?: string | undefined;
  /** Machines that have no registered number, by their names. */
  readonly machines?: ReadonlyMap<string, number>;
  readonly signal?: AbortSignal;
}

/** How a library was found, or that it was not; see ld.so(8). */
export interface LibraryReport {
  readonly name: string;
  readonly reason: SearchReason;
  readonly path?: string;
  /** Where the path leads to. */
  readonly file?: string;
  readonly optional: boolean;
  /** If it was not found: where it was looked for. */
  readonly searched: readonly string[];
  /** Files of the right name that are for other machines. */
  readonly passedOver: readonly { readonly path: string; readonly why: string }[];
}

/** A file that is loaded. */
export interface ObjectReport {
  readonly role: LoadedObject['role'];
  /** As it is opened, and where that leads to by which links. */
  readonly path: string;
  readonly file: string;
  readonly links: readonly string[];
  /** In the words of image platforms. */
  readonly architecture: string;
  readonly needed: readonly LibraryReport[];
}

/** What keeps a program from starting. */
export interface ProblemReport {
  readonly kind: LoaderProblem['kind'];
  readonly path: string;
  readonly missing?: string;
  /** In the words of the kernel or the loader. */
  readonly message: string;
  readonly hint?: string;
}

/** What a program may load while it runs. */
export interface HintReport {
  readonly kind: DlopenHint['kind'];
  readonly name: string;
  readonly path?: string;
  readonly why: string;
  readonly required: boolean;
  /** The files that come in by it. */
  readonly files: readonly string[];
}

/** All that one program needs. */
export interface ProgramReport {
  /** As it was given. */
  readonly name: string;
  /** The scripts and programs that execve(2) opens, in their order, without loaders. */
  readonly opened: readonly string[];
  /** Absent for what is no ELF program. */
  readonly architecture?: string;
  readonly loader?: string;
  readonly isStatic: boolean;
  readonly objects: readonly ObjectReport[];
  readonly problems: readonly ProblemReport[];
  readonly hints: readonly HintReport[];
}

/** All that some programs need. */
export interface DependencyReport {
  readonly programs: readonly ProgramReport[];
  /** Every path that must be there for them to start, links too; absolute, in byte order. */
  readonly paths: readonly string[];
}

/**
 * Finds what programs need to start: loaders, libraries, interpreters of scripts, and what is missing of them. Nothing is
 * run: programs may be for any machine, and files may be damaged.
 *
 * @throws PlinthError `disk-source-invalid`, `image-not-found`, and those of `archive/`, `tree/` and `host/`
 */
export function findDependencies(options: FindDependenciesOptions): Promise<DependencyReport> {
  const { root, programs, source = '/', libraryPath, machines, signal } = options;
  return withRoot({ root, source, signal }, (place) => {
    const closure = findClosure(place.tree, programs.map(encodeText), {
      path: place.path ?? (options.path === undefined ? undefined : encodeText(options.path)),
      cwd: options.cwd === undefined ? place.cwd : encodeText(options.cwd),
      libraryPath: libraryPath === undefined ? undefined : encodeText(libraryPath),
      hwcaps: hostHwcaps(),
    });
    return reportOf(closure, new MachineTable(machines));
  });
}

function reportOf(closure: Closure, machines: MachineTable): DependencyReport {
  const reporter = new Reporter(machines);
  return {
    programs: closure.programs.map((program) => reporter.program(program)),
    paths: [...closure.paths].sort().map(absolute),
  };
}

/** Makes reports. Programs share most libraries, and how they were found: each is put into words once. */
class Reporter {
  readonly #machines: MachineTable;
  readonly #architectures = new Map<ElfFile, string>();
  readonly #libraries = new Map<Dependency, LibraryReport>();

  constructor(machines: MachineTable) {
    this.#machines = machines;
  }

  program(program: ProgramClosure): ProgramReport {
    const { name, plan, objects, problems, hints } = program;
    const opened = plan.steps.filter(({ namedBy }) => namedBy !== 'loader');
    const elf = opened.findLast((step) => step.elf !== undefined)?.elf;
    const loader = objects.findLast(({ role }) => role === 'loader')?.path ?? elf?.interpreter;
    return {
      name: decodeText(name),
      opened: opened.map(({ file }) => decodeText(file.path)),
      ...(elf === undefined ? {} : { architecture: this.#architecture(elf) }),
      ...(loader === undefined ? {} : { loader: decodeText(loader) }),
      isStatic: elf !== undefined && isStatic(elf),
      objects: objects.map((object) => this.#object(object)),
      problems: problems.map(problemReport),
      hints: hints.map(hintReport),
    };
  }

  #object({ role, path, realPath, linkPaths, elf, needed }: LoadedObject): ObjectReport {
    return {
      role,
      path: decodeText(path),
      file: absolute(realPath),
      links: linkPaths.map(absolute),
      architecture: this.#architecture(elf),
      needed: needed.map((dependency) => this.#library(dependency)),
    };
  }

  #architecture(elf: ElfFile): string {
    const known = this.#architectures.get(elf);
    if (known !== undefined) return known;
    const { architecture, variant } = this.#machines.architecture(elf);
    const words = variant === undefined ? architecture : `${architecture}/${variant}`;
    this.#architectures.set(elf, words);
    return words;
  }

  #library(dependency: Dependency): LibraryReport {
    const known = this.#libraries.get(dependency);
    if (known !== undefined) return known;
    const report = libraryReport(dependency);
    this.#libraries.set(dependency, report);
    return report;
  }
}

function libraryReport(dependency: Dependency): LibraryReport {
  const { name, reason, path, realPath, optional, searched, passedOver } = dependency;
  return {
    name: decodeText(name),
    reason,
    ...(path === undefined ? {} : { path: decodeText(path) }),
    ...(realPath === undefined ? {} : { file: absolute(realPath) }),
    optional,
    searched: searched.map(decodeText),
    passedOver: passedOver.map((file) => ({ path: decodeText(file.path), why: file.why })),
  };
}

function problemReport({ kind, path, missing, message, hint }: LoaderProblem): ProblemReport {
  return {
    kind,
    path: decodeText(path),
    ...(missing === undefined ? {} : { missing: decodeText(missing) }),
    message,
    ...(hint === undefined ? {} : { hint }),
  };
}

function hintReport({ kind, name, path, why, required, objects }: DlopenHint): HintReport {
  return {
    kind,
    name: decodeText(name),
    ...(path === undefined ? {} : { path: decodeText(path) }),
    why,
    required,
    files: objects.map(({ realPath }) => absolute(realPath)),
  };
}

function absolute(path: TreePath): string {
  return `/${decodeText(path as ByteString)}`;
}

import { type ByteString, decodeText } from '../../bytes/index.ts';
import { type ElfFile, isProgram } from '../../elf/index.ts';
import { isPlinthError } from '../../errors/index.ts';
import {
  type Closure,
  findClosure,
  type LoadedObject,
  type ProgramClosure,
  type RootFiles,
} from '../../loader/index.ts';
import { joinPath, ROOT_PATH, type Tree, type TreePath, treePath } from '../../tree/index.ts';
import { recipesError } from '../error.ts';
import { BrokenModules } from './broken-modules.ts';
import { COMPANIONS, type Companion } from './companion.ts';
import { PackDraft, type PartName } from './pack-draft.ts';
import type { PackedProgram, PackRequest } from './pack-request.ts';
import { fillPattern, matchPaths } from './path-pattern.ts';
import { unwrap } from './wrapper.ts';

const LIBRARIES: PartName = { name: 'libraries', what: 'what programs and modules link to' };
const LOADER: PartName = { name: 'loader', what: 'starts programs, finds libraries' };
const ADDED: PartName = { name: 'added', what: 'what was asked for with --add' };
/** Companions bring programs, these bring companions: no chain is as long as this. */
const ROUND_LIMIT = 16;

/** Takes programs, and what they need, from a tree into a draft. */
export class Packing {
  readonly draft: PackDraft;
  readonly programs: PackedProgram[] = [];
  /** Every file that is loaded, by where it lies. */
  readonly objects: Map<TreePath, LoadedObject> = new Map();
  readonly notes: Set<string> = new Set();
  /** Companions that came along. */
  readonly companions: Set<Companion> = new Set();
  /** The program that runs first, if it is an ELF file. */
  elf: ElfFile | undefined;
  /** What must be found in the new tree as it was here: paths of programs and modules. */
  readonly started: ByteString[] = [];
  readonly #broken = new BrokenModules();
  readonly #tree: Tree;
  readonly #request: PackRequest;

  constructor(tree: Tree, request: PackRequest) {
    this.#tree = tree;
    this.#request = request;
    this.draft = new PackDraft(tree);
  }

  /** @throws PlinthError `pack-incomplete`, `pack-path-invalid` */
  run(): void {
    const { add = [], programs } = this.#request;
    for (const name of programs) this.#takeProgram(name);
    for (const { path, to } of add) this.#takeAdded(path, to);
    this.#takeCompanions();
    for (const note of this.#broken.notes(this.draft)) this.notes.add(note);
  }

  /** Takes what a companion consists of; gives how many of its paths are there. */
  takeCompanion(companion: Companion, values: Readonly<Record<string, string | undefined>> = {}): number {
    const { paths = [], except, programs = [] } = companion;
    const found = paths
      .flatMap((pattern) => fillPattern(pattern, values) ?? [])
      .flatMap((pattern) => matchPaths(this.draft.files, pattern));
    const files = found.flatMap((path) => this.draft.takeAll(path, companion, except));
    this.#takeModules([...files, ...(programs as ByteString[])]);
    return found.length;
  }

  #takeProgram(given: ByteString): void {
    const name = given.includes('/') ? plainPath(this.draft.files, this.#absolute(given)) : given;
    const wrapper = unwrap(this.#tree, this.draft.files, { name, request: this.#request });
    const closure = this.#closure([wrapper?.program ?? name]);
    const [problem] = closure.problems;
    const [program] = closure.programs;
    const first = program?.plan.steps[0]?.file;
    if (program === undefined || problem !== undefined || first === undefined) throw incomplete(given, problem);
    const { steps } = program.plan;
    const path = wrapper === undefined ? first.path : (`/${wrapper.place}` as ByteString);
    const part = { name: decodeText(path), what: steps[0]?.format === 'script' ? 'script' : 'program' };
    this.#takeClosure(closure, part);
    const main = steps.findLast(({ namedBy, elf }) => namedBy !== 'loader' && elf !== undefined)?.elf;
    this.elf ??= main;
    if (steps[0]?.format === 'script') this.#noteScript(program);
    if (wrapper !== undefined) this.draft.addLink(wrapper.place, wrapper.program, part);
    const isStarted = steps[0]?.elf === undefined || isProgram(steps[0].elf);
    this.programs.push({ name: given, path, isProgram: isStarted });
  }

  #noteScript({ name, plan }: ProgramClosure): void {
    const by = plan.steps.findLast(({ namedBy }) => namedBy !== 'loader')?.file.path ?? ('' as ByteString);
    this.notes.add(`${decodeText(name)} is a script of ${decodeText(by)}: programs that it calls are not packed.`);
  }

  #takeAdded(given: ByteString, to: ByteString | undefined): void {
    const path = plainPath(this.draft.files, this.#absolute(given));
    const file = this.draft.files.find(path);
    if (file === undefined) throw unusablePath(path, 'it is not there');
    if (file.realPath === ROOT_PATH) throw unusablePath(path, 'that is everything');
    if (to === undefined) {
      this.#takeModules(this.draft.takeAll(path, ADDED));
      return;
    }
    const isInto = to.endsWith('/') && file.node.kind !== 'directory';
    const place = treePath(isInto ? (`${to}${lastName(path)}` as ByteString) : to);
    if (place === undefined || place === ROOT_PATH) throw unusablePath(to, 'that is no place for one thing');
    this.draft.addAt(place, file, ADDED);
    if (file.node.kind === 'file') this.#takeModules([], [path]);
  }

  #absolute(path: ByteString): ByteString {
    const { cwd = '/' } = this.#request;
    return (path.startsWith('/') ? path : `${cwd}/${path}`) as ByteString;
  }

  /** Takes what these files load; what of that is missing is noted, as nobody asked for them by name. */
  #takeModules(paths: readonly ByteString[], elsewhere: readonly ByteString[] = []): void {
    const all = [...paths, ...elsewhere];
    if (all.length === 0) return;
    const closure = this.#closure(all);
    for (const { name, problems } of closure.programs) this.#broken.keep(name, problems);
    this.#takeClosure(closure, undefined, elsewhere.length > 0);
  }

  #closure(programs: readonly ByteString[]): Closure {
    const { path, cwd } = this.#request;
    return findClosure(this.#tree, programs, { path, cwd });
  }

  #takeClosure(closure: Closure, part: PartName | undefined, isElsewhere = false): void {
    const { draft } = this;
    for (const { plan, objects, hints, problems } of closure.programs) {
      const [first] = plan.steps;
      if (first !== undefined && !isElsewhere) {
        draft.take([...first.file.links, first.file.realPath], part ?? LIBRARIES);
        if (first.elf !== undefined && problems.length === 0) this.started.push(first.file.path);
      }
      for (const { file, namedBy } of plan.steps.slice(1)) {
        const interpreter = { name: decodeText(file.path), what: 'runs scripts' };
        draft.take([...file.links, file.realPath], namedBy === 'loader' ? LOADER : interpreter);
      }
      const wanted = hints.filter(({ kind, required }) => required || kind === 'pam');
      const loaded = [...objects, ...wanted.flatMap((hint) => hint.objects)];
      for (const object of isElsewhere ? loaded.filter(({ role }) => role !== 'program') : loaded) {
        this.objects.set(object.realPath, object);
        draft.take([...object.linkPaths, object.realPath], object.role === 'loader' ? LOADER : LIBRARIES);
      }
    }
  }

  #takeCompanions(): void {
    const seen = new Set<TreePath>();
    for (let round = 0; round < ROUND_LIMIT; round++) {
      const fresh = [...this.objects.values()].filter(({ realPath }) => !seen.has(realPath));
      if (fresh.length === 0) return;
      for (const object of fresh) {
        seen.add(object.realPath);
        for (const companion of COMPANIONS) this.#takeIfMatching(companion, object);
      }
    }
  }

  #takeIfMatching(companion: Companion, { role, realPath }: LoadedObject): void {
    const matcher = role === 'program' ? companion.program : role === 'library' ? companion.library : undefined;
    const match = matcher?.exec(lastName(realPath));
    if (match === null || match === undefined) return;
    const dir = `/${realPath.slice(0, Math.max(0, realPath.lastIndexOf('/')))}`;
    const prefix = dir.slice(0, dir.lastIndexOf('/'));
    this.companions.add(companion);
    this.takeCompanion(companion, { ...match.groups, dir, prefix: role === 'program' ? prefix : undefined });
  }
}

/** The symbols that any of the objects takes from others, without those of the C library and of C++'s. */
export function usesSymbol(objects: Iterable<LoadedObject>, symbol: string): boolean {
  for (const { elf, realPath } of objects) {
    if (/\/lib(?:c|stdc\+\+)\.so/.test(realPath)) continue;
    try {
      if (elf.symbolsNeeded().includes(symbol as ByteString)) return true;
    } catch (error) {
      if (!isPlinthError(error)) throw error;
    }
  }
  return false;
}

function incomplete(name: ByteString, problem: Closure['problems'][number] | undefined) {
  const fact = problem?.message ?? 'it is no program';
  return recipesError('pack-incomplete', `pack ${decodeText(name)}: ${fact}`, {
    hint: problem?.hint ?? 'Give a program, or a library.',
    details: { path: decodeText(problem?.path ?? name) },
  });
}

function lastName(path: ByteString): ByteString {
  return path.slice(path.lastIndexOf('/') + 1) as ByteString;
}

/** `path` without `.` and `..`: directories that only lead elsewhere are not packed. */
function plainPath(files: RootFiles, path: ByteString): ByteString {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  const last = names.at(-1);
  if (last === undefined || last === '..' || !names.includes('..')) return `/${names.join('/')}` as ByteString;
  const directory = files.find(`/${names.slice(0, -1).join('/')}` as ByteString);
  return directory === undefined ? path : (`/${joinPath(directory.realPath, last as ByteString)}` as ByteString);
}

function unusablePath(path: ByteString, fact: string) {
  return recipesError('pack-path-invalid', `add ${decodeText(path)}: ${fact}`, {
    hint: 'Paths are those of the root file system that programs are taken from.',
    details: { path: decodeText(path) },
  });
}

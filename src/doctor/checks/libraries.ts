import { type ByteString, decodeText } from '../../bytes/index.ts';
import type { ElfFile } from '../../elf/index.ts';
import type { Dependency, LoadedObject, LoaderProblem, ProgramClosure, ProgramPlan } from '../../loader/index.ts';
import { type Finding, type Fix, finding } from '../finding.ts';
import { hostLibrary, hostLoader } from '../host-files.ts';
import { lastName, parent } from '../patient.ts';
import type { CheckContext } from './check.ts';
import { linkFinding } from './link.ts';
import { wanted } from './replace.ts';

/** The loader of a program. */
export function loaderFinding(context: CheckContext, problem: LoaderProblem, plan: ProgramPlan): Finding {
  const { mender } = context;
  const { kind, path, message: why, missing, hint: cause = '' } = problem;
  const program = plan.steps.findLast(({ elf, namedBy }) => elf !== undefined && namedBy !== 'loader');
  if (kind === 'loader-not-executable') {
    return finding(kind, path, { why, cause, fix: mender.setMode(path, 0o755) });
  }
  const loader = missing ?? path;
  const loaderName = lastName(loader);
  // The C library asks for the loader, too.
  const libraries = missingLibraries(context, program?.file.path).filter(({ name }) => name !== loaderName);
  const fix = bringLoader(context, { loader, like: program?.elf, libraries });
  if (kind !== 'loader-missing') {
    const isOther = cause.includes('for another machine');
    return finding(isOther ? 'loader-other-machine' : 'loader-damaged', path, { why, cause, fix });
  }
  const names = libraries.map(({ name }) => decodeText(name)).join(', ');
  const all = names === '' ? cause : `${cause.replace(/\.$/, '')}. Nor is ${names}.`;
  return linkFinding(context, loader, why) ?? finding('loader-missing', path, { why, cause: all, fix });
}

interface WantedLoader {
  readonly loader: ByteString;
  readonly like: ElfFile | undefined;
  /** What the program lacks beside it. */
  readonly libraries: readonly Dependency[];
}

/** The libraries that a program would not find if it had its loader. */
function missingLibraries({ patient }: CheckContext, path: ByteString | undefined): Dependency[] {
  const needed = path === undefined ? [] : (patient.closure(path)?.objects ?? []).flatMap((object) => object.needed);
  const missing = needed.filter(({ reason, optional }) => reason === 'not-found' && !optional);
  return [...new Map(missing.map((dependency) => [dependency.name, dependency])).values()];
}

function bringLoader(context: CheckContext, { loader, like, libraries }: WantedLoader): Fix {
  const { patient, mender } = context;
  const elsewhere = ['/lib', '/lib64', '/usr/lib', '/usr/lib64', '/lib/x86_64-linux-gnu', '/lib/aarch64-linux-gnu']
    .map((directory) => `${directory}/${lastName(loader)}` as ByteString)
    .find((path) => path !== loader && patient.file(path) !== undefined);
  if (elsewhere !== undefined) return mender.copyWithin(elsewhere, loader);
  const isGlibcOnMusl = lastName(loader).startsWith('ld-linux') && patient.file('/sbin/apk') !== undefined;
  if (isGlibcOnMusl) return mender.run(['apk', 'add', '--no-cache', 'gcompat']) ?? wanted(context, loader);
  const files = like === undefined ? undefined : hostLoader(patient, loader, like);
  if (like === undefined || files === undefined) return wanted(context, loader);
  const more = libraries.flatMap(
    ({ name, searched }) => hostLibrary(patient, name, { like, directories: searched }) ?? [],
  );
  return mender.fromHost([...new Map([...files, ...more].map((file) => [file.to, file])).values()]);
}

/** What the loaders of a plan's programs would not find, or not take. */
export function programLibraries(context: CheckContext, plan: ProgramPlan): Finding[] {
  const programs = plan.steps.filter(({ elf, namedBy }) => elf !== undefined && namedBy !== 'loader');
  // Without a loader nobody looks for libraries; its finding names them.
  if (plan.problems.some(({ kind }) => kind === 'loader-missing' || kind === 'loader-invalid')) return [];
  const found = programs.flatMap(({ file }) => {
    const closure = context.patient.closure(file.path);
    const problems = closure?.problems.filter(({ kind }) => /^(?:library|version)-/.test(kind)) ?? [];
    return closure === undefined ? [] : problems.map((problem) => libraryFinding(context, problem, closure));
  });
  return withoutRepeatedVersions(found);
}

/** One old library lacks many versions: the newest tells all. */
function withoutRepeatedVersions(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings
    .toReversed()
    .filter(({ code, path, why }) => {
      const key = code === 'version-missing' ? `${path}\0${why.slice(0, why.indexOf(':'))}` : `${path}\0${why}`;
      return !seen.has(key) && seen.add(key);
    })
    .reverse();
}

function libraryFinding(context: CheckContext, problem: LoaderProblem, closure: ProgramClosure): Finding {
  const { path, message: why, missing, hint: cause = '' } = problem;
  const needed = closure.objects.flatMap((object) => object.needed.map((dependency) => ({ object, dependency })));
  if (problem.kind === 'version-missing') return versionFinding(context, problem, closure);
  if (problem.kind === 'library-broken') {
    const fix = libraryFix(context, { name: lastName(path), like: closure.objects[0]?.elf, directory: parent(path) });
    return finding('library-damaged', path, { why, cause, fix });
  }
  const wantedBy = needed.find(({ object, dependency }) => object.path === path && dependency.name === missing);
  return missingLibrary(context, problem, wantedBy);
}

interface Need {
  readonly object: LoadedObject;
  readonly dependency: Dependency;
}

function missingLibrary(context: CheckContext, problem: LoaderProblem, need: Need | undefined): Finding {
  const { path, message: why, missing = path, hint: cause = '' } = problem;
  const { mender } = context;
  const [skipped] = need?.dependency.passedOver ?? [];
  const searched = need?.dependency.searched ?? [];
  if (skipped !== undefined) {
    const fix = libraryFix(context, { name: missing, like: need?.object.elf, directory: parent(skipped.path) });
    return finding('library-other-machine', skipped.path, { why, cause, fix });
  }
  const broken = searched
    .map((directory) => context.patient.brokenLink(`${directory}/${missing}` as ByteString))
    .find((link) => link !== undefined);
  if (broken !== undefined) {
    const fix = libraryFix(context, { name: missing, like: need?.object.elf, directory: parent(broken.path) });
    const text = `${decodeText(broken.path)} is a link to ${decodeText(broken.target)}, which is not there.`;
    return finding('library-link-broken', broken.path, { why, cause: text, fix });
  }
  const uncached = /^(?:.* needs it\. )?It lies in (\S+), which/.exec(cause)?.[1];
  if (uncached !== undefined) {
    const other = (): Fix => mender.configure(`ENV LD_LIBRARY_PATH=${uncached}`);
    return finding('library-not-in-cache', path, { why, cause, fix: mender.run(['ldconfig']) ?? other() });
  }
  const fix = libraryFix(context, { name: missing, like: need?.object.elf, searched });
  return finding('library-missing', path, { why, cause, fix });
}

interface WantedLibrary {
  readonly name: ByteString;
  readonly like: ElfFile | undefined;
  /** Where the present one lies, which is to be replaced. */
  readonly directory?: ByteString;
  readonly searched?: readonly ByteString[];
}

/** The library from elsewhere in the image, or from this machine. */
function libraryFix(context: CheckContext, { name, like, directory, searched = [] }: WantedLibrary): Fix {
  const { patient, mender } = context;
  const places = directory === undefined ? searched : [directory];
  const files = like === undefined ? undefined : hostLibrary(patient, name, { like, directories: places });
  if (files !== undefined) return mender.fromHost(files);
  return wanted(context, `${places[0] ?? '/usr/lib'}/${name}` as ByteString);
}

function versionFinding(context: CheckContext, problem: LoaderProblem, { objects }: ProgramClosure): Finding {
  const { path, message: why, hint: cause = '' } = problem;
  const library = why.slice(0, why.indexOf(': version'));
  const loaded = objects.find((object) => decodeText(object.path) === library);
  const fix = loaded === undefined ? wanted(context, library as ByteString) : newerLibrary(context, loaded, objects);
  return finding('version-missing', path, { why, cause, fix });
}

/** The parts of glibc that only work with each other. */
const GLIBC = /^(?:ld-|lib(?:c|m|mvec|pthread|dl|rt|resolv|util|anl|nsl|BrokenLocale|nss_\w+|thread_db)\.so)/;

function newerLibrary(context: CheckContext, old: LoadedObject, objects: readonly LoadedObject[]): Fix {
  const isGlibc = (object: LoadedObject): boolean => object.role !== 'program' && GLIBC.test(lastName(object.path));
  const group = isGlibc(old) ? objects.filter(isGlibc) : [old];
  const files = group.flatMap(
    ({ path, elf, role }) =>
      (role === 'loader'
        ? hostLoader(context.patient, path, elf)
        : hostLibrary(context.patient, lastName(path), { like: elf, directories: [parent(path)] })) ?? [],
  );
  return files.length < group.length ? wanted(context, old.path) : context.mender.fromHost(files);
}

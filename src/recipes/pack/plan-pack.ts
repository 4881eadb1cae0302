import { type ByteString, decodeText } from '../../bytes/index.ts';
import type { ElfFile, MachineTable } from '../../elf/index.ts';
import { DEFAULT_PATH, type LoadedObject } from '../../loader/index.ts';
import { normalizePlatform, type Platform } from '../../oci/index.ts';
import type { Tree, TreePath } from '../../tree/index.ts';
import { recipesError } from '../error.ts';
import { CERTIFICATES, CHARSETS, type Companion, LOCALE, MUSL_PATH, TIMEZONES } from './companion.ts';
import { findDifference } from './compare-loading.ts';
import { planInstructions } from './instructions.ts';
import { addLoaderCache } from './loader-cache.ts';
import type { PackPlan, PackRequest } from './pack-request.ts';
import { Packing, usesSymbol } from './packing.ts';
import { addSystemFiles } from './system-files.ts';

const GLIBC = /\/libc\.so\.6$|\/libc-2\.\d+\.so$/;
const TLS_LIBRARY = /\/lib(?:ssl|gnutls|mbedtls|wolfssl)\.so/;

/**
 * Plans a root file system with programs of `source` and all they need, each file where it lay. Nothing is run: programs
 * may be for any machine. The same source gives the same tree.
 *
 * @throws PlinthError `pack-incomplete`, `pack-path-invalid`, `pack-differs`, and those of reading `source`
 */
export function planPack(source: Tree, request: PackRequest): PackPlan {
  const packing = new Packing(source, request);
  packing.run();
  const { draft, objects, companions, elf, started } = packing;
  takeWanted(packing, request);
  if ([...objects.values()].some(isMuslLoader)) packing.takeCompanion(MUSL_PATH);
  const hasLocale = usesSymbol(objects.values(), 'setlocale') && packing.takeCompanion(LOCALE) > 0;
  for (const { directories = [], links = [], ...part } of companions) {
    for (const path of directories) draft.addDirectory(path.slice(1) as TreePath, 0o755, part);
    for (const [path, target] of links) draft.addLink(path.slice(1) as TreePath, target as ByteString, part);
  }
  const isGlibc = [...objects.keys()].some((path) => GLIBC.test(`/${path}`));
  const users = [...companions].flatMap((companion) => companion.users ?? []);
  addSystemFiles(draft, users, isGlibc);
  const withoutCache = draft.finish().tree;
  if (findDifference([source, withoutCache], started, request) !== undefined) addLoaderCache(draft, objects);
  const { tree, parts } = draft.finish();
  const difference = findDifference([source, tree], started, request);
  if (difference !== undefined) throw differs(difference);
  return {
    tree,
    parts,
    programs: packing.programs,
    ...(elf === undefined ? {} : { platform: platformOf(elf, request.machines) }),
    instructions: planInstructions(packing.programs, {
      path: pathFor(packing.programs.map(({ path }) => path)),
      hasLocale,
      companions,
    }),
    notes: [...packing.notes, ...tlsNotes(objects.values(), request)],
  };
}

function takeWanted(packing: Packing, { certificates, timezones, charsets }: PackRequest): void {
  const wanted: [Companion, boolean | undefined, string][] = [
    [CERTIFICATES, certificates, 'ca-certificates'],
    [TIMEZONES, timezones, 'tzdata'],
    [CHARSETS, charsets, 'libc-bin'],
  ];
  for (const [companion, isWanted, origin] of wanted) {
    if (isWanted !== true || packing.takeCompanion(companion) > 0) continue;
    const where = (companion.paths ?? []).slice(0, 3).join(', ');
    throw recipesError('pack-path-invalid', `pack ${companion.name}: none are there (${where})`, {
      hint: `Install the package ${origin} there.`,
    });
  }
}

function tlsNotes(objects: Iterable<LoadedObject>, { certificates }: PackRequest): string[] {
  if (certificates === true) return [];
  const library = [...objects].find(({ realPath }) => TLS_LIBRARY.test(realPath));
  return library === undefined ? [] : ['TLS servers are trusted only with their authorities: add --certificates.'];
}

function isMuslLoader({ role, path }: LoadedObject): boolean {
  return role === 'loader' && path.includes('/ld-musl-');
}

function platformOf(elf: ElfFile, machines: MachineTable): Platform {
  return normalizePlatform({ os: 'linux', ...machines.architecture(elf) });
}

/** The usual PATH, and before it the directories of programs that are elsewhere. */
function pathFor(programs: readonly ByteString[]): string {
  const usual = decodeText(DEFAULT_PATH).split(':');
  const own = programs.map((path) => decodeText(path).replace(/\/[^/]*$/, '') || '/');
  return [...new Set([...own.filter((directory) => !usual.includes(directory)), ...usual])].join(':');
}

function differs(difference: string) {
  return recipesError('pack-differs', `check the packed tree: ${difference}`, {
    hint: 'Something on the way to it is of a kind that cannot be packed; add it with --add.',
  });
}

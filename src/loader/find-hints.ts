import { type ByteString, encodeText } from '../bytes/index.ts';
import { type ElfFile, NameBeginnings } from '../elf/index.ts';
import { isPlinthError } from '../errors/index.ts';
import type { DlopenHint } from './dlopen-hint.ts';
import type { LoadingObject } from './loaded-object.ts';
import type { Namespace } from './namespace.ts';
import { DATABASE_FUNCTIONS, nssDatabases, nssServices } from './nss.ts';
import { pamModules } from './pam.ts';
import { lastName, pathIn } from './root-files.ts';

const UNWINDING = /^(?:pthread_(?:cancel|exit)|thrd_exit|backtrace)$/;
const CONVERTING = /^iconv_open$/;
/** What the names begin with that tell a {@link Use}: of these patterns, and of the functions that ask databases. */
export const TELLING_SYMBOLS: NameBeginnings = new NameBeginnings([
  ...DATABASE_FUNCTIONS,
  'pthread_cancel',
  'pthread_exit',
  'thrd_exit',
  'backtrace',
  'iconv_open',
]);
/** From this version on the C library itself holds the services `files` and `dns`. */
const OWN_SERVICES_SINCE = 'GLIBC_2.34' as ByteString;
const LIBC = 'libc.so.6' as ByteString;

/** What the objects of a program may load while they run, as far as symbols, notes and configuration tell. */
export function findHints(namespace: Namespace): DlopenHint[] {
  const objects = namespace.objects.filter(({ role }) => role !== 'loader');
  const hints = notedLibraries(namespace, objects);
  const libc = namespace.find(LIBC);
  if (namespace.context.loader.flavour === 'musl' || libc === undefined) return hints;
  const uses = objects.filter((object) => object !== libc).map((object) => useOf(object.elf));
  const databases = new Set<string>();
  for (const use of uses) for (const database of use.databases) databases.add(database);
  hints.push(...nssLibraries(namespace, [...databases], libc));
  if (uses.some(({ converts }) => converts)) hints.push(...converters(namespace));
  if (uses.some(({ unwinds }) => unwinds)) hints.push(...unwinder(namespace, libc));
  const pam = namespace.find('libpam.so.0' as ByteString);
  if (pam !== undefined) hints.push(...pamLibraries(namespace, pam));
  return hints;
}

/** What a file does that makes the C library load more. */
interface Use {
  readonly databases: readonly string[];
  readonly converts: boolean;
  readonly unwinds: boolean;
}

const knownUses = new WeakMap<ElfFile, Use>();

function useOf(elf: ElfFile): Use {
  const known = knownUses.get(elf);
  if (known !== undefined) return known;
  const symbols = symbolsOf(elf);
  const use = {
    databases: nssDatabases(symbols),
    converts: symbols.some((symbol) => CONVERTING.test(symbol)),
    unwinds: symbols.some((symbol) => UNWINDING.test(symbol)),
  };
  knownUses.set(elf, use);
  return use;
}

function symbolsOf(elf: ElfFile): readonly ByteString[] {
  try {
    return elf.symbolsNeeded(TELLING_SYMBOLS);
  } catch (error) {
    // A table of symbols that is damaged tells nothing; the loader itself may never look at it.
    if (isPlinthError(error)) return [];
    throw error;
  }
}

interface WantedHint {
  readonly kind: DlopenHint['kind'];
  readonly names: readonly ByteString[];
  readonly why: string;
  readonly required: boolean;
  readonly by: LoadingObject;
}

/** The hint for the first of the names that is there. Nothing if it is loaded anyway. */
function libraryHint(namespace: Namespace, { kind, names, why, required, by }: WantedHint): DlopenHint[] {
  const [first] = names;
  if (first === undefined || names.some((name) => namespace.find(name) !== undefined)) return [];
  for (const name of names) {
    const objects = namespace.load([{ name, optional: true }], by);
    const found = namespace.find(name);
    if (found !== undefined) return [{ kind, name, path: found.path, objects, why, required }];
  }
  return [{ kind, name: first, objects: [], why, required }];
}

function notedLibraries(namespace: Namespace, objects: readonly LoadingObject[]): DlopenHint[] {
  const hints: DlopenHint[] = [];
  for (const by of objects) {
    for (const { sonames, feature, description, priority } of by.elf.dlopenNotes) {
      const why = [`${priority} by ${lastName(by.path)}`, feature, description].filter((part) => part !== undefined);
      const names = sonames.map(encodeText);
      const required = priority === 'required';
      hints.push(...libraryHint(namespace, { kind: 'note', names, why: why.join(': '), required, by }));
    }
  }
  return hints;
}

function nssLibraries(namespace: Namespace, databases: readonly string[], libc: LoadingObject): DlopenHint[] {
  const { files } = namespace.context;
  const own = libc.elf.versionsDefined.includes(OWN_SERVICES_SINCE);
  return nssServices(files, databases).flatMap(({ service, databases: of }) => {
    const builtIn = service === 'files' || service === 'dns';
    if (own && builtIn) return [];
    const why = `${of.join(', ')} in /etc/nsswitch.conf`;
    const names = [`libnss_${service}.so.2` as ByteString];
    return libraryHint(namespace, { kind: 'nss', names, why, required: builtIn, by: libc });
  });
}

function converters(namespace: Namespace): DlopenHint[] {
  const { files, loader } = namespace.context;
  const directory = loader.defaultDirectories
    .map((place) => pathIn(place, 'gconv' as ByteString))
    .find((path) => files.isDirectory(path));
  const found = directory === undefined ? {} : { path: directory };
  const why = 'iconv_open converts between character sets with the modules there';
  return [{ kind: 'gconv', name: 'gconv' as ByteString, ...found, objects: [], why, required: false }];
}

function unwinder(namespace: Namespace, libc: LoadingObject): DlopenHint[] {
  const why = 'ending threads (pthread_cancel, pthread_exit) unwinds their stacks with it';
  return libraryHint(namespace, {
    kind: 'libgcc',
    names: ['libgcc_s.so.1' as ByteString],
    why,
    required: true,
    by: libc,
  });
}

function pamLibraries(namespace: Namespace, pam: LoadingObject): DlopenHint[] {
  const { files, loader, main } = namespace.context;
  const service = lastName(main.path);
  return pamModules(files, service).flatMap((module) => {
    const places = loader.defaultDirectories.map((directory) => pathIn(directory, `security/${module}` as ByteString));
    const paths = module.startsWith('/') ? [module] : places;
    const path = paths.find((candidate) => files.find(candidate)?.node.kind === 'file') ?? paths[0];
    if (path === undefined) return [];
    const why = `named by /etc/pam.d for ${service}`;
    return libraryHint(namespace, { kind: 'pam', names: [path], why, required: false, by: pam });
  });
}

import type { ByteString } from '../bytes/index.ts';
import type { RootFiles } from './root-files.ts';

const NSSWITCH_PATH = '/etc/nsswitch.conf' as ByteString;
const LIMIT_BYTES = 64 * 1024;

/** What is asked for where nsswitch.conf says nothing (nsswitch.conf(5)). */
const DEFAULTS: Readonly<Record<string, string>> = {
  hosts: 'dns files',
  passwd: 'files',
  group: 'files',
  shadow: 'files',
};

/** The databases that functions of the C library look into. */
const FUNCTIONS: readonly (readonly [pattern: RegExp, database: string])[] = [
  [/^(?:_?getaddrinfo|getnameinfo|gethostby\w+|gethostent|getaddrinfo_a)$/, 'hosts'],
  [/^(?:getpw\w+|fgetpwent|cuserid|wordexp|glob|glob64|initgroups|getgrouplist)$/, 'passwd'],
  [/^(?:getgr(?:nam|gid|ent)\w*|initgroups|getgrouplist)$/, 'group'],
  [/^getsp\w+$/, 'shadow'],
  [/^(?:getserv\w+|getaddrinfo|getnameinfo)$/, 'services'],
  [/^getproto\w+$/, 'protocols'],
  [/^getnet(?:by|ent)\w*$/, 'networks'],
  [/^(?:innetgr|setnetgrent)$/, 'netgroup'],
];

/** What all of them begin with: few symbols do. */
export const DATABASE_FUNCTIONS: readonly string[] = [
  'get',
  '_getaddrinfo',
  'fgetpw',
  'cuserid',
  'wordexp',
  'glob',
  'initgroups',
  'innetgr',
  'setnetgrent',
];

/** The databases of users, hosts and the like that a file with these undefined symbols looks into. */
export function nssDatabases(symbols: readonly ByteString[]): string[] {
  const found = new Set<string>();
  for (const symbol of symbols) for (const database of databasesOf(symbol)) found.add(database);
  return [...found];
}

/** Of the symbols of which the files of a system take so many, there are a few hundred. */
const KNOWN_LIMIT = 4096;
const knownDatabases = new Map<ByteString, readonly string[]>();

function databasesOf(symbol: ByteString): readonly string[] {
  const read = knownDatabases.get(symbol);
  if (read !== undefined) return read;
  const databases = FUNCTIONS.filter(([pattern]) => pattern.test(symbol)).map(([, database]) => database);
  if (knownDatabases.size < KNOWN_LIMIT) knownDatabases.set(symbol, databases);
  return databases;
}

/** A service that answers for databases: `files`, `dns`, `systemd`; its library is `libnss_NAME.so.2`. */
export interface NssService {
  readonly service: ByteString;
  readonly databases: readonly string[];
}

/** What nsswitch.conf says, and what was worked out of it. */
interface Configuration {
  readonly lines: ReadonlyMap<string, string>;
  readonly services: Map<string, readonly NssService[]>;
}

const known = new WeakMap<RootFiles, Configuration>();

/** The services that /etc/nsswitch.conf, or without it the C library, asks for these databases. */
export function nssServices(files: RootFiles, databases: readonly string[]): readonly NssService[] {
  if (databases.length === 0) return [];
  const { lines, services } = configuration(files);
  const key = databases.join(' ');
  const found = services.get(key) ?? servicesOf(lines, databases);
  services.set(key, found);
  return found;
}

function servicesOf(lines: ReadonlyMap<string, string>, databases: readonly string[]): NssService[] {
  const found = new Map<ByteString, string[]>();
  for (const database of databases) {
    const words = lines.get(database) ?? DEFAULTS[database] ?? 'files';
    for (const service of words.replace(/\[[^\]]*\]/g, ' ').split(/\s+/) as ByteString[]) {
      if (!/^[\w+.-]+$/.test(service)) continue;
      found.set(service, [...(found.get(service) ?? []), database]);
    }
  }
  return [...found].map(([service, of]) => ({ service, databases: of }));
}

function configuration(files: RootFiles): Configuration {
  const read = known.get(files);
  if (read !== undefined) return read;
  const made = { lines: switchLines(files.text(NSSWITCH_PATH, LIMIT_BYTES) ?? ''), services: new Map() };
  known.set(files, made);
  return made;
}

function switchLines(text: string): Map<string, string> {
  const lines = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, database, services] = /^\s*(\w+)\s*:\s*(.*)$/.exec(line.replace(/#.*$/, '')) ?? [];
    if (database !== undefined && services !== undefined) lines.set(database, services);
  }
  return lines;
}

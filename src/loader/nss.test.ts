import { describe, expect, it } from 'vitest';
import type { ByteString } from '../bytes/index.ts';
import { DATABASE_FUNCTIONS, nssDatabases } from './nss.ts';

/** Functions of the C library that ask databases (getaddrinfo(3), getpwnam(3), …), and which. */
const ASKING: readonly (readonly [symbol: string, databases: readonly string[]])[] = [
  ['getaddrinfo', ['hosts', 'services']],
  ['_getaddrinfo', ['hosts']],
  ['getaddrinfo_a', ['hosts']],
  ['getnameinfo', ['hosts', 'services']],
  ['gethostbyname_r', ['hosts']],
  ['gethostent', ['hosts']],
  ['getpwnam', ['passwd']],
  ['fgetpwent', ['passwd']],
  ['cuserid', ['passwd']],
  ['wordexp', ['passwd']],
  ['glob', ['passwd']],
  ['glob64', ['passwd']],
  ['initgroups', ['passwd', 'group']],
  ['getgrouplist', ['passwd', 'group']],
  ['getgrgid_r', ['group']],
  ['getspnam', ['shadow']],
  ['getservbyname', ['services']],
  ['getprotobyname', ['protocols']],
  ['getnetbyname', ['networks']],
  ['innetgr', ['netgroup']],
  ['setnetgrent', ['netgroup']],
];

describe('nssDatabases', () => {
  it.each(ASKING)('%s', (symbol, databases) => {
    expect(nssDatabases([symbol as ByteString])).toEqual(databases);
    // Else the symbol is never read.
    expect(DATABASE_FUNCTIONS.filter((beginning) => symbol.startsWith(beginning))).not.toEqual([]);
  });

  it.each(['getpid', 'getenv', 'globfree', 'wordfree', 'printf'])('asks none for %s', (symbol) => {
    expect(nssDatabases([symbol as ByteString])).toEqual([]);
  });
});

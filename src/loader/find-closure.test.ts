import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ElfObjectOptions, elfObject, encodeNumber } from '../../test/support/elf-object.ts';
import { type RootEntry, rootTree } from '../../test/support/root-tree.ts';
import type { ByteString } from '../bytes/index.ts';
import { type ClosureOptions, findClosure, type ProgramClosure } from './find-closure.ts';

const LOADER = '/lib64/ld-linux-x86-64.so.2';
const PROGRAM: ElfObjectOptions = { interpreter: LOADER };
/** What a loader of Debian holds. */
const BUILT_IN = Buffer.from(
  '/lib/x86_64-linux-gnu/\0/usr/lib/x86_64-linux-gnu/\0/lib/\0/usr/lib/\0x\0/etc/ld.so.cache\0',
);

const library = (soname: string, options: ElfObjectOptions = {}): Buffer => elfObject({ soname, ...options });
const program = (options: ElfObjectOptions): Buffer => elfObject({ ...PROGRAM, ...options });

/** A Debian with its loader, and `entries`. */
function closure(
  entries: Readonly<Record<string, RootEntry>>,
  options: ClosureOptions = {},
  name = '/bin/app',
): ProgramClosure {
  const tree = rootTree({
    'lib64/ld-linux-x86-64.so.2': elfObject({ soname: 'ld-linux-x86-64.so.2', tail: BUILT_IN }),
    ...entries,
  });
  const [found] = findClosure(tree, [name as ByteString], options).programs;
  if (found === undefined) throw new Error('no program');
  return found;
}

const paths = ({ objects }: ProgramClosure): string[] => objects.map(({ path }) => path);
const reasons = ({ objects }: ProgramClosure): string[] =>
  objects.flatMap(({ needed }) => needed.map(({ name, reason, path }) => `${name} ${reason} ${path ?? ''}`.trim()));

/** ld.so.cache in glibc's newer format. */
function cacheFile(
  libraries: readonly (readonly [name: string, path: string, flags: number, hwcap?: string])[],
  { little = true, hwcaps = [] as string[] } = {},
): Buffer {
  const number = (value: number, bytes = 4): Buffer => encodeNumber(value, bytes, little);
  const extensionsAt = 48 + libraries.length * 24;
  let texts = '';
  const textsAt = extensionsAt + 8 + 16 + hwcaps.length * 4;
  const text = (value: string): number => {
    texts += `${value}\0`;
    return textsAt + texts.length - value.length - 1;
  };
  const entries = libraries.map(([name, path, flags, hwcap]) => {
    const parts = [number(flags), number(text(name)), number(text(path)), number(0)];
    const bits = hwcap === undefined ? 0n : (1n << 62n) | BigInt(hwcaps.indexOf(hwcap));
    const wide = Buffer.alloc(8);
    if (little) wide.writeBigUInt64LE(bits);
    else wide.writeBigUInt64BE(bits);
    return Buffer.concat([...parts, wide]);
  });
  const names = hwcaps.map((name) => number(text(name)));
  const section = [number(1), number(0), number(extensionsAt + 24), number(hwcaps.length * 4)];
  return Buffer.concat([
    Buffer.from('glibc-ld.so.cache1.1'),
    number(libraries.length),
    number(texts.length),
    Buffer.from([little ? 2 : 3, 0, 0, 0]),
    number(extensionsAt),
    Buffer.alloc(12),
    ...entries,
    number(0xeaa42174),
    number(1),
    ...section,
    ...names,
    Buffer.from(texts, 'latin1'),
  ]);
}

/** ld.so.cache in the format of libc 5 and the first glibc. */
function oldCacheFile(libraries: readonly (readonly [name: string, path: string])[], little = true): Buffer {
  const number = (value: number): Buffer => encodeNumber(value, 4, little);
  let texts = '';
  const text = (value: string): number => {
    texts += `${value}\0`;
    return texts.length - value.length - 1;
  };
  const entries = libraries.map(([name, path]) =>
    Buffer.concat([number(0x303), number(text(name)), number(text(path))]),
  );
  return Buffer.concat([Buffer.from('ld.so-1.7.0\0'), number(libraries.length), ...entries, Buffer.from(texts)]);
}

describe('findClosure by the rules of glibc', () => {
  it('finds the loader, libraries and theirs, breadth first', () => {
    const found = closure({
      'bin/app': program({ needed: ['libb.so.1', 'liba.so.1'] }),
      'lib/x86_64-linux-gnu/liba.so.1': library('liba.so.1'),
      'usr/lib/x86_64-linux-gnu/libb.so.1': library('libb.so.1', { needed: ['libc.so.6', 'ld-linux-x86-64.so.2'] }),
      'usr/lib/libc.so.6': library('libc.so.6'),
    });
    expect(paths(found)).toEqual([
      '/bin/app',
      LOADER,
      '/usr/lib/x86_64-linux-gnu/libb.so.1',
      '/lib/x86_64-linux-gnu/liba.so.1',
      '/usr/lib/libc.so.6',
    ]);
    expect(reasons(found).at(-1)).toBe(`ld-linux-x86-64.so.2 already-loaded ${LOADER}`);
    expect(found.problems).toEqual([]);
  });

  it.each([
    ['', ['plain', 'own', 'none', 'other']],
    [', in another order', ['other', 'none', 'own', 'plain']],
  ])('finds for each of several programs what it finds for it alone%s', (_, names) => {
    const tree = rootTree({
      'lib64/ld-linux-x86-64.so.2': elfObject({ soname: 'ld-linux-x86-64.so.2', tail: BUILT_IN }),
      'bin/plain': program({ needed: ['liba.so', 'libnone.so'], versionsNeeded: { 'liba.so': ['A_2'] } }),
      'bin/own': program({ needed: ['liba.so'], rpath: '/opt', versionsNeeded: { 'liba.so': ['A_2'] } }),
      'bin/none': program({ needed: ['liba.so', 'libnone.so'], flags1: 0x800 }),
      'bin/other': program({ needed: ['liba.so'], interpreter: '/opt/ld.so' }),
      'lib/liba.so': library('liba.so', { versionsDefined: ['A_1'] }),
      'opt/liba.so': library('liba.so', { versionsDefined: ['A_2'] }),
      'opt/ld.so': elfObject({ tail: Buffer.from('/opt/lib/\0x') }),
    });
    const places = names.map((name) => `/bin/${name}` as ByteString);
    const facts = ({ objects, problems }: ProgramClosure) => [
      objects.map(({ path, needed }) => ({ path, needed })),
      problems,
    ];
    const together = findClosure(tree, places).programs.map(facts);
    expect(together).toEqual(places.flatMap((place) => findClosure(tree, [place]).programs.map(facts)));
    const found = new Map(names.map((name, index) => [name, JSON.stringify(together[index])]));
    expect(found.get('plain')).toContain('"/lib/liba.so"');
    expect(found.get('plain')).toContain('version-missing');
    expect(found.get('own')).toContain('"/opt/liba.so"');
    expect(found.get('own')).not.toContain('version-missing');
    expect(found.get('none')).toContain('library-missing');
    expect(found.get('other')).toContain('library-missing');
  });

  it('keeps every link on the way to a file', () => {
    const tree = rootTree({
      'bin/app': program({ needed: ['liba.so.1'] }),
      lib64: { link: 'usr/lib64' },
      'usr/lib64/ld-linux-x86-64.so.2': { link: '/lib/ld-2.so' },
      lib: { link: 'usr/lib' },
      'usr/lib/ld-2.so': elfObject({ tail: BUILT_IN }),
      'usr/lib/liba.so.1': { link: 'liba.so.1.2' },
      'usr/lib/liba.so.1.2': library('liba.so.1'),
      alternatives: { link: '/usr/lib/liba.so.1' },
    });
    const { paths: all, objects } = findClosure(tree, ['/bin/app' as ByteString]);
    expect([...all].sort()).toEqual([
      'bin/app',
      'lib',
      'lib64',
      'usr/lib/ld-2.so',
      'usr/lib/liba.so.1',
      'usr/lib/liba.so.1.2',
      'usr/lib64/ld-linux-x86-64.so.2',
    ]);
    expect([...objects.keys()].sort()).toEqual(['bin/app', 'usr/lib/ld-2.so', 'usr/lib/liba.so.1.2']);
  });

  it.each<[string, ElfObjectOptions, ClosureOptions, string]>([
    ['RPATH', { rpath: '/opt/r' }, {}, 'rpath /opt/r/libx.so'],
    ['RUNPATH, which puts RPATH off', { rpath: '/opt/r', runpath: '/opt/u' }, {}, 'runpath /opt/u/libx.so'],
    [
      'LD_LIBRARY_PATH before RUNPATH',
      { runpath: '/opt/u' },
      { libraryPath: '/no:/opt/l' as ByteString },
      'ld-library-path /opt/l/libx.so',
    ],
    [
      'RPATH before LD_LIBRARY_PATH',
      { rpath: '/opt/r' },
      { libraryPath: '/opt/l' as ByteString },
      'rpath /opt/r/libx.so',
    ],
    [
      'semicolons in LD_LIBRARY_PATH',
      {},
      { libraryPath: '/no;/opt/l' as ByteString },
      'ld-library-path /opt/l/libx.so',
    ],
    ['$ORIGIN', { runpath: '/no:$ORIGIN/../opt/u' }, {}, 'runpath /bin/../opt/u/libx.so'],
    ['braces', { rpath: `\${ORIGIN}/../opt/r/` }, {}, 'rpath /bin/../opt/r/libx.so'],
    ['$LIB', { runpath: '/opt/$LIB' }, {}, 'runpath /opt/lib/x86_64-linux-gnu/libx.so'],
    ['$PLATFORM', { runpath: '/opt/$PLATFORM' }, {}, 'runpath /opt/x86_64/libx.so'],
    [
      'an empty element as the working directory',
      { runpath: ':/opt/u' },
      { cwd: '/opt/l' as ByteString },
      'runpath /opt/l/libx.so',
    ],
    ['the cache', {}, {}, 'cache /opt/cached/libx.so'],
    ['nodeflib and a cached file in the default directories', { flags1: 0x800, needed: ['libd.so'] }, {}, 'not-found'],
    ['a path', { needed: ['/opt/u/libx.so'] }, {}, 'absolute /opt/u/libx.so'],
  ])('finds a library by %s', (_, options, closureOptions, expected) => {
    const libx = library('libx.so');
    const found = closure(
      {
        'bin/app': program({ needed: ['libx.so'], ...options }),
        'opt/r/libx.so': libx,
        'opt/u/libx.so': Buffer.from(libx),
        'opt/l/libx.so': Buffer.from(libx),
        'opt/lib/x86_64-linux-gnu/libx.so': Buffer.from(libx),
        'opt/x86_64/libx.so': Buffer.from(libx),
        'opt/cached/libx.so': Buffer.from(libx),
        'lib/libd.so': library('libd.so'),
        'etc/ld.so.cache': cacheFile([
          ['libx.so', '/opt/cached/libx.so', 0x303],
          ['libd.so', '/lib/libd.so', 0x303],
        ]),
      },
      closureOptions,
    );
    expect(reasons(found)[0]?.replace(/^\S+ /, '')).toBe(expected);
  });

  it('looks in the RPATH of the object that a library was loaded for, but not in its RUNPATH', () => {
    const files = {
      'opt/liba.so': library('liba.so', { needed: ['libb.so'] }),
      'opt/libb.so': library('libb.so'),
    };
    const byRpath = closure({ ...files, 'bin/app': program({ needed: ['liba.so'], rpath: '/opt' }) });
    expect(reasons(byRpath)).toEqual(['liba.so rpath /opt/liba.so', 'libb.so rpath /opt/libb.so']);
    const byRunpath = closure({ ...files, 'bin/app': program({ needed: ['liba.so'], runpath: '/opt' }) });
    expect(reasons(byRunpath)).toEqual(['liba.so runpath /opt/liba.so', 'libb.so not-found']);
  });

  it('does not let the user of a setuid program choose its libraries', () => {
    const found = closure(
      {
        'bin/app': { bytes: program({ needed: ['libx.so'], runpath: '$ORIGIN/../opt' }), mode: 0o4755 },
        'opt/libx.so': library('libx.so'),
      },
      { libraryPath: '/opt' as ByteString },
    );
    expect(reasons(found)).toEqual(['libx.so not-found']);
  });

  it('passes over libraries for other machines, and gives up at what is none', () => {
    const entries = {
      'bin/app': program({ needed: ['libx.so'] }),
      'lib/x86_64-linux-gnu/libx.so': library('libx.so', { wide: false, machine: 3 }),
      'usr/lib/x86_64-linux-gnu/libx.so': library('libx.so', { machine: 183 }),
    };
    expect(reasons(closure({ ...entries, 'lib/libx.so': library('libx.so') }))).toEqual([
      'libx.so default /lib/libx.so',
    ]);
    const [foreign] = closure(entries).problems;
    expect(foreign).toMatchObject({
      kind: 'library-missing',
      hint: expect.stringContaining('libx.so is no use: it is for 32 bits'),
    });
    const text = closure({
      ...entries,
      'lib/x86_64-linux-gnu/libx.so': '/* GNU ld script: it only names another library */',
    });
    expect(text.problems).toMatchObject([
      {
        kind: 'library-broken',
        path: '/lib/x86_64-linux-gnu/libx.so',
        message: '/bin/app: error while loading shared libraries: /lib/x86_64-linux-gnu/libx.so: file too short',
      },
    ]);
  });

  it('takes libraries from the subdirectories of glibc-hwcaps for good processors', () => {
    const entries = {
      'bin/app': program({ needed: ['libx.so', 'liby.so'] }),
      'lib/libx.so': library('libx.so'),
      'lib/glibc-hwcaps/x86-64-v3/libx.so': library('libx.so'),
      'opt/liby.so': library('liby.so'),
      'opt/glibc-hwcaps/x86-64-v2/liby.so': library('liby.so'),
      'etc/ld.so.cache': cacheFile(
        [
          ['liby.so', '/opt/glibc-hwcaps/x86-64-v2/liby.so', 0x303, 'x86-64-v2'],
          ['liby.so', '/opt/liby.so', 0x303],
        ],
        { hwcaps: ['x86-64-v2'] },
      ),
    };
    expect(paths(closure(entries)).slice(2)).toEqual(['/lib/libx.so', '/opt/liby.so']);
    const hwcaps = ['x86-64-v4', 'x86-64-v3', 'x86-64-v2'] as ByteString[];
    expect(paths(closure(entries, { hwcaps })).slice(2)).toEqual([
      '/lib/glibc-hwcaps/x86-64-v3/libx.so',
      '/opt/glibc-hwcaps/x86-64-v2/liby.so',
    ]);
  });

  it.each([
    ['new', cacheFile([['libx.so', '/opt/libx.so', 0x303]])],
    ['new, of another byte order', cacheFile([['libx.so', '/opt/libx.so', 0x303]], { little: false })],
    ['old', oldCacheFile([['libx.so', '/opt/libx.so']])],
    ['old, of another byte order', oldCacheFile([['libx.so', '/opt/libx.so']], false)],
    [
      'old, and empty, before a new one',
      Buffer.concat([oldCacheFile([]), cacheFile([['libx.so', '/opt/libx.so', 0x303]])]),
    ],
  ])('reads a cache of the %s format', (_, cache) => {
    const found = closure({
      'bin/app': program({ needed: ['libx.so'] }),
      'opt/libx.so': library('libx.so'),
      'etc/ld.so.cache': cache,
    });
    expect(reasons(found)).toEqual(['libx.so cache /opt/libx.so']);
  });

  it('takes no entries for other machines from the cache', () => {
    const found = closure({
      'bin/app': program({ needed: ['libx.so'] }),
      'opt/libx.so': library('libx.so'),
      'etc/ld.so.cache': cacheFile([
        ['libx.so', '/opt/i386/libx.so', 0x003],
        ['libx.so', '/opt/libx.so', 0x303],
      ]),
    });
    expect(reasons(found)).toEqual(['libx.so cache /opt/libx.so']);
  });

  it('loads what /etc/ld.so.preload names, filters and auxiliaries', () => {
    const found = closure({
      'bin/app': program({ needed: ['liba.so'] }),
      'etc/ld.so.preload': '# first\n/opt/libpre.so libnone.so\n',
      'opt/libpre.so': library('libpre.so'),
      'lib/liba.so': library('liba.so', { auxiliary: ['libaux.so', 'libmissing.so'] }),
      'lib/libaux.so': library('libaux.so'),
    });
    expect(paths(found).slice(2)).toEqual(['/opt/libpre.so', '/lib/liba.so', '/lib/libaux.so']);
    expect(found.problems).toEqual([]);
  });

  it('says which version a library lacks, and how far it goes', () => {
    const found = closure({
      'bin/app': program({
        needed: ['libc.so.6'],
        versionsNeeded: { 'libc.so.6': ['GLIBC_2.17', 'GLIBC_2.38', 'GLIBC_2.99'] },
        weak: ['GLIBC_2.99'],
      }),
      'lib/libc.so.6': library('libc.so.6', {
        versionsDefined: ['GLIBC_2.9', 'GLIBC_2.17', 'GLIBC_2.36', 'GLIBC_PRIVATE'],
      }),
    });
    expect(found.problems).toEqual([
      {
        kind: 'version-missing',
        path: '/bin/app',
        missing: 'GLIBC_2.38',
        message: "/lib/libc.so.6: version `GLIBC_2.38' not found (required by /bin/app)",
        hint: '/lib/libc.so.6 goes up to GLIBC_2.36: the program was made on a newer system.',
      },
    ]);
  });

  it.each<[string, Record<string, RootEntry>, string]>([
    ['another version', { 'usr/lib/libssl.so.1.1': 'x' }, 'There is /usr/lib/libssl.so.1.1.'],
    ['a similar name', { 'lib/libsssl.so.3': 'x' }, 'There is /lib/libsssl.so.3.'],
    [
      'a directory that the cache does not know',
      {
        'opt/lib/libssl.so.3': 'x',
        'etc/ld.so.conf': 'include ld.so.conf.d/*.conf\n',
        'etc/ld.so.conf.d/opt.conf': '/opt/lib # ours\n',
      },
      'It lies in /opt/lib, which /etc/ld.so.conf names, but /etc/ld.so.cache does not know it: run ldconfig.',
    ],
    ['nothing', {}, 'Looked in /lib/x86_64-linux-gnu, /usr/lib/x86_64-linux-gnu, /lib, /usr/lib.'],
  ])('says of a missing library that there is %s', (_, entries, hint) => {
    const [problem] = closure({ 'bin/app': program({ needed: ['libssl.so.3'] }), ...entries }).problems;
    expect(problem).toMatchObject({
      kind: 'library-missing',
      path: '/bin/app',
      missing: 'libssl.so.3',
      message:
        '/bin/app: error while loading shared libraries: libssl.so.3: cannot open shared object file: No such file or directory',
    });
    expect(problem?.hint).toContain(hint);
  });

  it('ends where libraries need each other', () => {
    const found = closure({
      'bin/app': program({ needed: ['liba.so'] }),
      'lib/liba.so': library('liba.so', { needed: ['libb.so', 'liba.so'] }),
      'lib/libb.so': library('libb.so', { needed: ['liba.so'] }),
    });
    expect(paths(found)).toHaveLength(4);
  });

  it('takes a file with two names for one object', () => {
    const found = closure({
      'bin/app': program({ needed: ['liba.so', 'liba.so.1'] }),
      'lib/liba.so.1': elfObject(),
      'lib/liba.so': { link: 'liba.so.1' },
    });
    expect(paths(found)).toEqual(['/bin/app', LOADER, '/lib/liba.so']);
  });

  it('finds what a library needs, by the loader of its machine', () => {
    const found = closure(
      {
        'opt/liba.so': { bytes: library('liba.so', { needed: ['libb.so'] }), mode: 0o644 },
        'lib/libb.so': library('libb.so'),
      },
      {},
      '/opt/liba.so',
    );
    expect(paths(found)).toEqual(['/opt/liba.so', LOADER, '/lib/libb.so']);
    expect(found.problems).toEqual([]);
  });
});

describe('findClosure by the rules of musl', () => {
  const MUSL = '/lib/ld-musl-x86_64.so.1';
  const muslProgram = (options: ElfObjectOptions): Buffer => elfObject({ interpreter: MUSL, ...options });
  const base = { 'lib/ld-musl-x86_64.so.1': elfObject({ soname: 'libc.musl-x86_64.so.1' }) };

  it('takes the names of its own parts for itself', () => {
    const found = closure({
      ...base,
      'bin/app': muslProgram({ needed: ['libc.musl-x86_64.so.1', 'libm.so.6', 'libpthread.so.0'] }),
    });
    expect(paths(found)).toEqual(['/bin/app', MUSL]);
    expect(found.problems).toEqual([]);
  });

  it('looks in its own directories, in its own order', () => {
    const files = { 'usr/local/lib/liba.so': elfObject(), 'usr/lib/liba.so': elfObject(), 'opt/liba.so': elfObject() };
    const app = { ...base, ...files, 'bin/app': muslProgram({ needed: ['liba.so'] }) };
    expect(reasons(closure(app))).toEqual(['liba.so default /usr/local/lib/liba.so']);
    expect(reasons(closure({ ...app, 'etc/ld-musl-x86_64.path': '/none\n/opt\n' }))).toEqual([
      'liba.so default /opt/liba.so',
    ]);
    const both = { ...app, 'bin/app': muslProgram({ needed: ['liba.so'], runpath: '/usr/lib' }) };
    expect(reasons(closure(both, { libraryPath: '/opt' as ByteString }))).toEqual([
      'liba.so ld-library-path /opt/liba.so',
    ]);
  });

  it('looks in the RUNPATH of the objects that a library was loaded for', () => {
    const found = closure({
      ...base,
      'bin/app': muslProgram({ needed: ['liba.so'], runpath: '$ORIGIN/../opt' }),
      'opt/liba.so': elfObject({ needed: ['libb.so'] }),
      'opt/libb.so': elfObject(),
    });
    expect(reasons(found)).toEqual(['liba.so runpath /bin/../opt/liba.so', 'libb.so runpath /bin/../opt/libb.so']);
  });

  it('stops at a library for another machine, and says so in its words', () => {
    const found = closure({
      ...base,
      'bin/app': muslProgram({ needed: ['liba.so', 'libz.so'] }),
      'lib/liba.so': elfObject({ machine: 183 }),
    });
    expect(found.problems.map(({ message }) => message)).toEqual([
      'Error loading shared library /lib/liba.so: Exec format error (needed by /bin/app)',
      'Error loading shared library libz.so: No such file or directory (needed by /bin/app)',
    ]);
  });
});

describe('hints', () => {
  const libc = (versions: string[] = []): Buffer =>
    library('libc.so.6', { versionsDefined: ['GLIBC_2.2.5', ...versions] });
  const hintsOf = (entries: Record<string, RootEntry>) =>
    closure(entries).hints.map(({ kind, name, path, required }) => [kind, name, path, required]);

  it('names the modules of nsswitch.conf for the functions that are used', () => {
    const entries = {
      'bin/app': program({ needed: ['libc.so.6'], symbols: ['getpwnam', 'getaddrinfo'] }),
      'etc/nsswitch.conf': 'passwd: files systemd # both\nhosts: files [NOTFOUND=continue] mdns4 dns\nnetgroup: nis\n',
      'lib/libnss_systemd.so.2': library('libnss_systemd.so.2', { needed: ['libcap.so.2'] }),
      'lib/libcap.so.2': library('libcap.so.2'),
    };
    expect(hintsOf({ ...entries, 'lib/libc.so.6': libc(['GLIBC_2.34']) })).toEqual([
      ['nss', 'libnss_systemd.so.2', '/lib/libnss_systemd.so.2', false],
      ['nss', 'libnss_mdns4.so.2', undefined, false],
    ]);
    expect(hintsOf({ ...entries, 'lib/libc.so.6': libc() })).toContainEqual([
      'nss',
      'libnss_dns.so.2',
      undefined,
      true,
    ]);
    const [systemd] = closure({ ...entries, 'lib/libc.so.6': libc(['GLIBC_2.34']) }).hints;
    expect(systemd?.objects.map(({ path }) => path)).toEqual(['/lib/libnss_systemd.so.2', '/lib/libcap.so.2']);
    expect(systemd?.why).toBe('passwd in /etc/nsswitch.conf');
  });

  it('names the unwinder, converters, PAM modules and what notes say', () => {
    const note = {
      name: 'FDO',
      type: 0x407c0c0a,
      text: Buffer.from('[{"soname":["libq.so.2","libq.so.1"],"feature":"queue"}]'),
    };
    const found = hintsOf({
      'bin/app': program({
        needed: ['libc.so.6', 'libpam.so.0'],
        symbols: ['pthread_exit', 'iconv_open'],
        notes: [note],
      }),
      'lib/libc.so.6': libc(['GLIBC_2.34']),
      'lib/libpam.so.0': library('libpam.so.0'),
      'lib/libq.so.1': library('libq.so.1'),
      'usr/lib/gconv/gconv-modules': '',
      'etc/pam.d/app': '@include common\nauth [success=1 default=ignore] pam_unix.so nullok\n',
      'etc/pam.d/common': '-session optional /opt/pam_own.so\n',
      'lib/security/pam_unix.so': elfObject(),
    });
    expect(found).toEqual([
      ['note', 'libq.so.1', '/lib/libq.so.1', false],
      ['gconv', 'gconv', '/usr/lib/gconv', false],
      ['libgcc', 'libgcc_s.so.1', undefined, true],
      ['pam', '/lib/security/pam_unix.so', '/lib/security/pam_unix.so', false],
      ['pam', '/opt/pam_own.so', undefined, false],
    ]);
  });
});

describe('findClosure of hostile trees', () => {
  it('gives a result for any damage', () => {
    const files = {
      'bin/app': program({
        needed: ['liba.so', 'libb.so'],
        versionsNeeded: { 'liba.so': ['A_1'] },
        rpath: '$ORIGIN/../lib',
      }),
      'lib/liba.so': library('liba.so', { versionsDefined: ['A_1'], needed: ['libb.so'], symbols: ['getpwnam'] }),
      'lib/libb.so': library('libb.so', { wide: false, little: false, machine: 8 }),
      'lib/libc.so.6': library('libc.so.6'),
      'etc/ld.so.cache': cacheFile([['libb.so', '/lib/libb.so', 0x303]], { hwcaps: ['x86-64-v2'] }),
    } as const;
    const names = Object.keys(files) as (keyof typeof files)[];
    const edit = fc.tuple(fc.constantFrom(...names), fc.nat(4000), fc.nat(255));
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 20 }), (edits) => {
        const damaged: Record<string, Buffer> = Object.fromEntries(
          names.map((name) => [name, Buffer.from(files[name])]),
        );
        for (const [name, at, value] of edits) {
          const bytes = damaged[name];
          if (bytes !== undefined) bytes[at % bytes.length] = value;
        }
        expect(closure(damaged).objects.length).toBeLessThan(100);
      }),
      { numRuns: 1000 },
    );
  });
});

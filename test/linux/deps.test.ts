import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isElf } from '../../src/elf/index.ts';
import { fileSource } from '../../src/host/index.ts';
import { findDependencies, type ProgramReport } from '../../src/sdk/index.ts';
import { elfObject } from '../support/elf-object.ts';

// Debian packages: gcc, musl-tools, debootstrap; and a Debian mirror for the last.

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'plinth-deps-'));
  chmodSync(scratch, 0o755);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** The ELF programs in these directories of a root file system, as paths below it. */
function programsOf(root: string, directories: readonly string[]): string[] {
  return directories
    .flatMap((directory) => readdirSync(join(root, directory)).map((name) => `${directory}/${name}`))
    .filter((path) => isProgram(root, path));
}

function isProgram(root: string, path: string): boolean {
  // A link may lead out of the root: to be asked for by its own name is enough.
  const place = join(root, path);
  if (root !== '/' && lstatSync(place).isSymbolicLink()) return false;
  const status = statSync(place, { throwIfNoEntry: false });
  if (!status?.isFile() || (status.mode & 0o111) === 0) return false;
  using source = fileSource(place);
  const head = Buffer.alloc(Math.min(4, source.sizeBytes));
  source.read(head, 0);
  return isElf(head);
}

/** The libraries that we say the loader opens, and those that it does not find. */
function said({ objects }: ProgramReport): string[] {
  const opened = objects.filter(({ role }) => role === 'library').map(({ path }) => path);
  const missing = objects.flatMap(({ needed }) => needed.filter(({ reason }) => reason === 'not-found'));
  return [...new Set([...opened, ...missing.map(({ name }) => `${name} not found`)])].sort();
}

/**
 * What the loader itself says that it opens. It is asked as by ldd, through the program; but not where the program has
 * rights that its user lacks: there glibc ignores the question and would run the program. And musl knows the question
 * only as an option of its loader.
 */
function opened(
  root: string,
  { opened: [path = ''], loader }: ProgramReport,
  env: Record<string, string> = {},
): string[] {
  if (loader === undefined) return [];
  const chroot = root === '/' ? [] : ['chroot', root];
  const isMusl = basename(loader).startsWith('ld-musl');
  const ask = isMusl || (statSync(join(root, path)).mode & 0o6000) !== 0 ? [loader, '--list', path] : [path];
  const variables = Object.entries({ LD_TRACE_LOADED_OBJECTS: '1', ...env }).map(([name, value]) => `${name}=${value}`);
  const [file = '', ...args] = [...chroot, '/usr/bin/env', '-i', ...(isMusl ? variables.slice(1) : variables), ...ask];
  const { stdout, stderr } = spawnSync(file, args, { encoding: 'utf8', timeout: 20_000, input: '' });
  const lines = `${stdout}${stderr}`.split('\n').map((line) => line.trim());
  const found = lines.flatMap((line) => {
    const [, , to, only] = /^(?:(\S+) => (\S+)|(\S+)) \(0x[0-9a-f]+\)$/.exec(line) ?? [];
    const place = to ?? only;
    return place?.startsWith('/') ? [place] : [];
  });
  const missing = lines.flatMap((line) => {
    const name = /^(\S+) => not found$/.exec(line)?.[1] ?? /Error loading shared library (\S+):/.exec(line)?.[1];
    return name === undefined ? [] : [`${name} not found`];
  });
  // The loader tells of itself only where a library needs it.
  return [...new Set([...found, ...missing])].filter((place) => place !== loader).sort();
}

async function expectSame(root: string, programs: readonly string[]): Promise<void> {
  const { programs: reports } = await findDependencies({ source: root, programs, root: join(scratch, 'store') });
  const wrong = reports
    .map((report) => ({ name: report.name, said: said(report), opened: opened(root, report) }))
    .filter((row) => JSON.stringify(row.said) !== JSON.stringify(row.opened));
  expect(wrong).toEqual([]);
}

describe('plinth deps says what the loader opens', () => {
  it('for 200 programs of this machine', async () => {
    const all = programsOf('/', ['/usr/bin', '/usr/sbin']);
    const step = Math.max(1, Math.floor(all.length / 200));
    const chosen = all.filter((_, index) => index % step === 0).slice(0, 200);
    expect(chosen.length).toBeGreaterThanOrEqual(Math.min(200, all.length));
    await expectSame('/', chosen);
  });

  it('for every program of a Debian minbase', async () => {
    const root = join(scratch, 'minbase');
    const codename = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'stable';
    const mirror = 'http://deb.debian.org/debian';
    execFileSync('debootstrap', ['--variant=minbase', codename, root, mirror], { stdio: 'ignore', timeout: 280_000 });
    const programs = programsOf(root, ['/usr/bin', '/usr/sbin']);
    expect(programs.length).toBeGreaterThan(200);
    await expectSame(root, programs);
  });
});

/** Makes shared objects and programs without a C library: nothing of them is run. */
function compile(file: string, flags: readonly string[]): void {
  mkdirSync(dirname(file), { recursive: true });
  const source = join(scratch, 'empty.c');
  writeFileSync(source, 'int answer(void) { return 42; }\nvoid _start(void) {}\n');
  execFileSync('gcc', ['-nostdlib', '-nostartfiles', '-Wl,--no-as-needed', '-o', file, source, ...flags]);
}

function compileLibrary(file: string, flags: readonly string[] = [], soname = basename(file)): void {
  compile(file, ['-shared', '-fPIC', `-Wl,-soname,${soname}`, '-Wl,--allow-shlib-undefined', ...flags]);
}

describe('the rules of glibc', () => {
  let place: string;
  const libraries = (...names: string[]): string[] => ['-L', join(place, 'link'), ...names.map((name) => `-l:${name}`)];

  beforeAll(() => {
    place = join(scratch, 'glibc');
    for (const name of ['liba.so', 'libb.so', 'libc1.so']) compileLibrary(join(place, 'link', name));
    for (const directory of [
      'one',
      'two',
      'lib/x86_64-linux-gnu',
      'x86_64',
      'hwcaps',
      'hwcaps/glibc-hwcaps/x86-64-v2',
    ]) {
      compileLibrary(join(place, directory, 'liba.so'), libraries('libb.so'));
      compileLibrary(join(place, directory, 'libb.so'));
    }
    mkdirSync(join(place, 'foreign'), { recursive: true });
    writeFileSync(join(place, 'foreign/liba.so'), elfObject({ machine: 183, soname: 'liba.so' }));
  });

  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: the loader's tokens look like ours
  it.each<[string, string[], Record<string, string>]>([
    ['RPATH', ['-Wl,--disable-new-dtags,-rpath,$PLACE/one'], {}],
    ['RUNPATH, which does not reach the libraries of libraries', ['-Wl,--enable-new-dtags,-rpath,$PLACE/one'], {}],
    ['$ORIGIN', ['-Wl,--disable-new-dtags,-rpath,$ORIGIN/../one'], {}],
    [
      '${ORIGIN} in RUNPATH, with a missing directory before',
      ['-Wl,--enable-new-dtags,-rpath,/none:${ORIGIN}/../one'],
      {},
    ],
    ['$LIB and $PLATFORM', ['-Wl,--disable-new-dtags,-rpath,$PLACE/$LIB:$PLACE/$PLATFORM'], {}],
    ['a foreign library on the way', ['-Wl,--disable-new-dtags,-rpath,$PLACE/foreign:$PLACE/one'], {}],
    ['LD_LIBRARY_PATH after RPATH', ['-Wl,--disable-new-dtags,-rpath,$PLACE/one'], { LD_LIBRARY_PATH: '$PLACE/two' }],
    ['LD_LIBRARY_PATH before RUNPATH', ['-Wl,--enable-new-dtags,-rpath,$PLACE/one'], { LD_LIBRARY_PATH: '$PLACE/two' }],
    ['LD_LIBRARY_PATH with a semicolon', [], { LD_LIBRARY_PATH: '/none;$PLACE/two' }],
    ['glibc-hwcaps', ['-Wl,--disable-new-dtags,-rpath,$PLACE/hwcaps'], {}],
    ['the default libraries', ['-l:libz.so.1'], {}],
    ['the default libraries with -z nodefaultlib', ['-l:libz.so.1', '-Wl,-z,nodefaultlib'], {}],
    ['nothing', [], {}],
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: the last of them
  ])('are ours: %s', async (name, flags, env) => {
    const filled = (text: string): string => text.replaceAll('$PLACE', place);
    const program = join(place, 'bin', name.replace(/\W+/g, '-'));
    compile(program, [
      ...libraries('liba.so'),
      '-Wl,--allow-shlib-undefined',
      '-Wl,--unresolved-symbols=ignore-all',
      ...flags.map(filled),
    ]);
    const variables = Object.fromEntries(Object.entries(env).map(([key, value]) => [key, filled(value)]));
    const {
      programs: [report],
    } = await findDependencies({ programs: [program], libraryPath: variables.LD_LIBRARY_PATH });
    if (report === undefined) throw new Error('no report');
    expect(said(report)).toEqual(opened('/', report, variables));
  });
});

describe('the rules of musl', () => {
  const LOADER = '/lib/ld-musl-x86_64.so.1';

  it('are ours in a tree with the loader of musl', async () => {
    const root = join(scratch, 'musl');
    const link = join(scratch, 'musl-link');
    mkdirSync(join(root, 'lib'), { recursive: true });
    copyFileSync(realpathSync(LOADER), join(root, 'lib/libc.so'));
    symlinkSync('libc.so', join(root, LOADER));
    mkdirSync(join(root, 'usr/bin'), { recursive: true });
    copyFileSync('/bin/busybox', join(root, 'usr/bin/env'));
    for (const name of ['liba.so', 'libb.so', 'libd.so']) compileLibrary(join(link, name));
    compileLibrary(join(root, 'opt/liba.so'), ['-L', link, '-l:libb.so']);
    compileLibrary(join(root, 'opt/libb.so'));
    compileLibrary(join(root, 'usr/local/lib/libd.so'));
    compileLibrary(join(root, 'usr/lib/libd.so'));
    const program = (name: string, flags: string[]): void => {
      const linking = ['-L', link, '-Wl,--unresolved-symbols=ignore-all', '-Wl,--allow-shlib-undefined'];
      compile(join(root, 'bin', name), [`-Wl,--dynamic-linker=${LOADER}`, ...linking, ...flags]);
    };
    program('plain', ['-l:libd.so']);
    program('runpath', ['-l:liba.so', '-Wl,--enable-new-dtags,-rpath,$ORIGIN/../opt']);
    program('rpath', ['-l:liba.so', '-Wl,--disable-new-dtags,-rpath,/none:/opt']);
    writeFileSync(
      join(scratch, 'hello.c'),
      '#include <stdio.h>\n#include <math.h>\nint main(int n, char **v) { return printf("%f", sin(n)); }\n',
    );
    execFileSync('musl-gcc', ['-o', join(root, 'bin/hello'), join(scratch, 'hello.c'), '-lm']);
    const programs = ['/bin/plain', '/bin/runpath', '/bin/rpath', '/bin/hello'];
    await expectSame(root, programs);

    mkdirSync(join(root, 'etc'));
    writeFileSync(join(root, 'etc/ld-musl-x86_64.path'), '/none\n/usr/lib:/opt\n');
    program('listed', ['-l:liba.so', '-l:libd.so']);
    await expectSame(root, [...programs, '/bin/listed']);
  });
});

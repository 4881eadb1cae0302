import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { DoctorReport } from '../../src/sdk/index.ts';
import { elfObject } from '../support/elf-object.ts';
import { PLINTH, type PlinthResult } from '../support/plinth.ts';

type ProgramName = 'dynamic' | 'musl' | 'pie' | 'zlib' | 'oldZlib' | 'threads' | 'certificates' | 'root' | 'origin';

/** What lies at a path of an image; files have mode 0755 unless another is given. */
export type ImageFile =
  | string
  | Buffer
  | { readonly link: string }
  | { readonly host: string; readonly mode?: number }
  | { readonly program: ProgramName; readonly mode?: number }
  | { readonly bytes: string | Buffer; readonly mode: number }
  | { readonly directory: number };

/** An image from nothing. */
export interface ImageOfFiles {
  readonly files: Readonly<Record<string, ImageFile>>;
  /** Lines after the files, such as its command. */
  readonly lines?: readonly string[];
}

const ZLIB = 'extern int inflateReset2(void *, int); int wanted(void) { return inflateReset2(0, 0); }';
/** C programs that say `started`, and the flags they are made with. */
const PROGRAMS: Readonly<Record<ProgramName, readonly [source: string, flags: readonly string[]]>> = {
  dynamic: ['int puts(const char *); int main(void) { puts("started"); }', []],
  musl: ['int puts(const char *); int main(void) { puts("started"); }', []],
  pie: ['int puts(const char *); int main(void) { puts("started"); }', ['-static-pie']],
  zlib: [
    `int puts(const char *); ${ZLIB} int main(void) { puts("started"); return wanted() == 0; }`,
    ['/lib/x86_64-linux-gnu/libz.so.1'],
  ],
  oldZlib: ['const char *zlibVersion(void) { return "1.0"; }', ['-shared', '-fPIC', '-Wl,-soname,libz.so.1']],
  threads: [
    'int puts(const char *); int fflush(void *); void pthread_exit(void *); int main(void) { puts("started"); fflush(0); pthread_exit(0); }',
    [],
  ],
  certificates: [
    'int puts(const char *); void *fopen(const char *, const char *); int main(void) { return fopen("/etc/ssl/certs/ca-certificates.crt", "r") == 0 || puts("started") < 0; }',
    ['-static'],
  ],
  root: [
    'int puts(const char *); int geteuid(void); int main(void) { return geteuid() != 0 || puts("started") < 0; }',
    ['-static'],
  ],
  origin: [
    'int puts(const char *); extern int inflateReset2(void *, int); int main(void) { puts("started"); return inflateReset2(0, 0) == 0; }',
    ['/lib/x86_64-linux-gnu/libz.so.1', '-Wl,-rpath,$ORIGIN/../lib'],
  ],
};

/** The libraries of this machine that the programs need; x86-64 and Debian are what the tests run on. */
export const LOADER = '/lib64/ld-linux-x86-64.so.2';
export const LIBRARIES = '/lib/x86_64-linux-gnu';
export const GLIBC: ImageOfFiles['files'] = {
  [LOADER]: { host: LOADER },
  [`${LIBRARIES}/libc.so.6`]: { host: `${LIBRARIES}/libc.so.6` },
};
export const SHELL: ImageOfFiles['files'] = { '/bin/sh': { host: '/bin/busybox' } };
/** A BusyBox with the tools that fixes are made with. */
export const TOOLS: ImageOfFiles['files'] = {
  '/bin/busybox': { host: '/bin/busybox' },
  ...Object.fromEntries(
    ['sh', 'chmod', 'sed', 'ln', 'mkdir', 'gzip', 'cat', 'rm', 'env', 'echo'].map((name) => [
      `/bin/${name}`,
      { link: 'busybox' },
    ]),
  ),
};
/** A program for another processor. */
export const FOREIGN: Buffer = elfObject({ type: 2, machine: 183 });

/** A store and a scratch directory for images that are looked at. */
export class DoctorPlace {
  readonly directory: string = mkdtempSync(join(tmpdir(), 'plinth-doctor-'));
  readonly #programs = new Map<string, string>();
  #contexts = 0;

  /** Several may run at once. */
  plinth(...args: readonly string[]): Promise<PlinthResult> {
    const { NODE_EXTRA_CA_CERTS: _, SOURCE_DATE_EPOCH: __, ...env } = process.env;
    const [file, ...rest] = [...PLINTH, '--root', join(this.directory, 'store'), ...args] as const;
    const options = { env, timeout: 60_000, maxBuffer: 1 << 26 };
    return new Promise((resolve) => {
      execFile(file, rest, options, (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
        resolve({ status, stdout, stderr });
      });
    });
  }

  async ok(...args: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.plinth(...args);
    if (status !== 0) throw new Error(`plinth ${args.join(' ')} ended with ${status}:\n${stderr}${stdout}`);
    return stdout;
  }

  /** Builds the image called `name`. */
  async build(name: string, { files, lines = [] }: ImageOfFiles): Promise<void> {
    const context = this.context();
    for (const [path, file] of Object.entries(files)) this.#write(join(context, 'root', path), file);
    await this.buildContext(context, name, ['FROM scratch', 'COPY root/ /', ...lines]);
  }

  context(): string {
    const context = join(this.directory, `context-${++this.#contexts}`);
    mkdirSync(context);
    return context;
  }

  async buildContext(context: string, name: string, dockerfile: readonly string[]): Promise<void> {
    writeFileSync(join(context, 'Dockerfile'), `${dockerfile.join('\n')}\n`);
    await this.ok('build', '-q', '-t', name, context);
  }

  async doctor(...args: readonly string[]): Promise<{ readonly status: number | null; readonly report: DoctorReport }> {
    const { status, stdout, stderr } = await this.plinth('doctor', '--json', ...args);
    if (stderr !== '') throw new Error(stderr);
    return { status, report: JSON.parse(stdout) };
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #write(path: string, file: ImageFile): void {
    if (typeof file === 'object' && 'directory' in file) {
      mkdirSync(path, { recursive: true });
      chmodSync(path, file.directory);
      return;
    }
    mkdirSync(dirname(path), { recursive: true });
    if (typeof file === 'string' || Buffer.isBuffer(file)) writeFileSync(path, file, { mode: 0o755 });
    else if ('link' in file) symlinkSync(file.link, path);
    else if ('bytes' in file) writeFileSync(path, file.bytes);
    else copyFileSync('host' in file ? file.host : this.#program(file.program), path);
    if (typeof file === 'object' && !Buffer.isBuffer(file) && 'mode' in file && file.mode !== undefined) {
      chmodSync(path, file.mode);
    } else if (typeof file === 'object' && ('host' in file || 'program' in file)) chmodSync(path, 0o755);
  }

  /** Compiled on first use. */
  #program(name: ProgramName): string {
    const known = this.#programs.get(name);
    if (known !== undefined) return known;
    const [source, flags] = PROGRAMS[name];
    const [file, code] = [join(this.directory, name), join(this.directory, `${name}.c`)];
    writeFileSync(code, source);
    const versions = join(this.directory, 'versions');
    writeFileSync(versions, 'ZLIB_1.2.0 { global: zlibVersion; };');
    const script = name === 'oldZlib' ? [`-Wl,--version-script=${versions}`] : [];
    execFileSync(name === 'musl' ? 'musl-gcc' : 'gcc', ['-w', '-O1', '-o', file, code, ...flags, ...script]);
    this.#programs.set(name, file);
    return file;
  }
}

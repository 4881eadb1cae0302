import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PLINTH, type PlinthOptions, type PlinthResult, plinth as startPlinth } from '../support/plinth.ts';

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'plinth-cli-test-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function plinth(args: readonly string[], options: PlinthOptions = {}): PlinthResult {
  const env = { FORCE_COLOR: '0', PLINTH_ROOT: join(scratch, 'store'), ...options.env };
  return startPlinth(args, { cwd: scratch, ...options, env });
}

describe('the command', () => {
  it('prints version and help', () => {
    expect(plinth(['--version'])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^plinth \d+\.\d+\.\d+\n$/),
      stderr: '',
    });
    expect(plinth([])).toMatchObject({ status: 0, stdout: expect.stringMatching(/^Usage: {2}plinth/), stderr: '' });
    expect(plinth(['run', '--help']).stdout).toContain('--entrypoint COMMAND');
  });

  it('was built from these sources', () => {
    const { version } = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../package.json'), 'utf8'));
    expect(plinth(['version', '--format', 'json']).stdout).toContain(`"plinth":"${version}"`);
  });

  it.each([
    [['bild'], 2],
    [['build'], 2],
    [['build', '--nope', '.'], 2],
    [['build', 'missing-directory'], 1],
    [['run'], 125],
    [['run', 'no-such-image'], 125],
    [['inspect', 'no-such-image'], 1],
    [['load', '-i', 'missing-file'], 1],
    [['dockerfile', 'parse', 'missing-file'], 1],
  ])('%j ends with status %d, a message and no stack', (args, status) => {
    const result = plinth(args);
    expect(result.status).toBe(status);
    expect(result.stderr).toMatch(/^error: /m);
    expect(result.stderr).not.toMatch(/^ {4}at |This is a bug/m);
  });

  it('paints only where it is wanted', () => {
    expect(plinth(['bild']).stderr).not.toContain('\x1b');
    expect(plinth(['bild'], { env: { FORCE_COLOR: '1' } }).stderr).toContain('\x1b[31merror:');
  });

  it('says nothing when its reader goes away', async () => {
    const child = spawn('sh', ['-c', '"$0" "$1" --help 2>err | true', ...PLINTH], { cwd: scratch });
    await new Promise((done) => child.on('close', done));
    expect(readFileSync(join(scratch, 'err'), 'utf8')).toBe('');
  });

  it('reads a Dockerfile from standard input', () => {
    const { stdout } = plinth(['dockerfile', 'parse', '-'], { input: 'FROM scratch\nENV A=b\n' });
    expect(JSON.parse(stdout)).toMatchObject([
      { name: 'from', args: ['scratch'] },
      { name: 'env', args: ['A', 'b', '='] },
    ]);
  });

  it('shows the line of a Dockerfile that is wrong', () => {
    const { stderr } = plinth(['dockerfile', 'parse', '-'], { input: 'FROM scratch\nRUNN x\n' });
    expect(stderr).toMatch(
      /line 2: .*\n {2}┌ -:2:1\n1 │ FROM scratch\n2 │ RUNN x\n {2}│ \^\^\^\^\nhint: Did you mean RUN/,
    );
  });
});

describe('the code that is kept between starts', () => {
  const start = (cache: string) => plinth(['--version'], { env: { XDG_CACHE_HOME: cache } });
  const entries = (cache: string) =>
    (readdirSync(cache, { recursive: true }) as string[]).filter((name) => name.endsWith('/help'));

  it('is made by the first start, private to the user, and used by the next', () => {
    const cache = join(scratch, 'cache');
    expect(start(cache).status).toBe(0);
    const [entry = ''] = entries(cache);
    expect(statSync(join(cache, entry)).mode & 0o777).toBe(0o600);
    // The first three starts add what they use.
    start(cache);
    start(cache);
    const before = statSync(join(cache, entry)).ino;
    expect(start(cache).stdout).toMatch(/^plinth /);
    expect(statSync(join(cache, entry)).ino).toBe(before);
  });

  it('grows when a command uses what it had not used before', () => {
    const env = { XDG_CACHE_HOME: join(scratch, 'growing'), PLINTH_ROOT: join(scratch, 'store') };
    const kept = (args: readonly string[]) => {
      expect(plinth(args, { env }).status).toBe(0);
      const names = readdirSync(env.XDG_CACHE_HOME, { recursive: true }) as string[];
      return statSync(join(env.XDG_CACHE_HOME, names.find((name) => name.endsWith('/images')) ?? ''));
    };
    for (let round = 0; round < 3; round++) kept(['images', '--help']);
    const helped = kept(['images', '--help']);
    const used = kept(['images']);
    expect(used.size).toBeGreaterThan(2 * helped.size);
    expect(kept(['images']).ino).toBe(used.ino);
    expect(kept(['images', '--help']).ino).toBe(used.ino);
  });

  it('makes room: what older versions kept is removed', () => {
    const cache = join(scratch, 'cache-older');
    const old = join(cache, 'plinth/code/0123456789abcdef-v24.0.0-x64');
    mkdirSync(old, { recursive: true });
    utimesSync(old, 0, 0);
    start(cache);
    expect(existsSync(old)).toBe(false);
    expect(entries(cache)).toHaveLength(1);
  });

  it.each([
    ['cut off', (file: string) => truncateSync(file, 1000)],
    ['empty', (file: string) => truncateSync(file, 0)],
    ['something else', (file: string) => writeFileSync(file, 'not code')],
    ['writable by others', (file: string) => chmodSync(file, 0o666)],
  ])('is made again when it is %s', (name, damage) => {
    const cache = join(scratch, `cache-${name}`);
    start(cache);
    const file = join(cache, entries(cache)[0] ?? '');
    const whole = readFileSync(file).length;
    damage(file);
    expect(start(cache)).toMatchObject({ status: 0, stderr: '' });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file).length).toBeGreaterThan(whole / 2);
  });

  it('is done without where it cannot be kept', () => {
    expect(start('/proc/nowhere')).toMatchObject({ status: 0, stderr: '' });
    expect(start('relative')).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('under a Node that is too old', () => {
  it('goes over to the pinned one, and passes the exit status on', () => {
    // What bin/plinth.mjs sees of its Node is this one value.
    const old = "Object.defineProperty(process.versions, 'node', { value: '18.20.0' }); process.execve = undefined;";
    writeFileSync(join(scratch, 'old.cjs'), `if (process.env.OLD) { delete process.env.OLD; ${old} }`);
    const run = (args: string[]) => {
      const argv = ['-r', join(scratch, 'old.cjs'), PLINTH[1], ...args];
      return spawnSync(PLINTH[0], argv, { env: { ...process.env, OLD: '1' }, encoding: 'utf8' });
    };
    expect(run(['--version']).stdout).toMatch(/^plinth /);
    expect(run(['bild']).status).toBe(2);
  });
});

describe('new minios', () => {
  it('makes a context of a real BusyBox that builds to the same image everywhere', () => {
    const first = plinth(['new', 'minios', 'one']);
    expect(first).toMatchObject({ status: 0, stdout: '' });
    expect(first.stderr).toMatch(
      /^made one: BusyBox \d.* for linux\/\w+ from .*, \d{3} commands\nnext: plinth build -t minios one\n$/,
    );
    expect(plinth(['new', 'minios', 'two']).status).toBe(0);
    const names = readdirSync(join(scratch, 'one'), { recursive: true }) as string[];
    expect(names).toEqual(
      expect.arrayContaining(['bin/busybox', 'bin/sh', 'usr/bin/env', 'sbin/init', 'lib64', 'var/run', 'Dockerfile']),
    );
    expect(readFileSync(join(scratch, 'one/Dockerfile'), 'utf8')).toMatch(
      /FROM scratch\nMAINTAINER .*\nADD \.\/ \/\nRUN rm \/Dockerfile\nCMD \["\/bin\/sh"\]\n$/,
    );
    // Up to the step that needs a kernel, so that this also runs without user namespaces.
    const dockerfile = 'FROM scratch\nADD ./ /\n';
    const id = (directory: string) =>
      plinth(['build', '-q', '--no-cache', '-f', '-', directory], { input: dockerfile }).stdout;
    expect(id('one')).toMatch(/^sha256:[0-9a-f]{64}\n$/);
    expect(id('two')).toBe(id('one'));
  });

  it('runs again in place, and not in a directory of something else', () => {
    expect(plinth(['new', 'minios', 'one']).status).toBe(0);
    const refused = plinth(['new', 'minios', '.']);
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('the directory holds something else') });
  });

  it('refuses a dynamic program', () => {
    const refused = plinth(['new', 'minios', '--busybox', '/bin/ls', 'three']);
    expect(refused).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/it is dynamic: it needs the loader .*\nhint: /),
    });
    expect(readdirSync(scratch)).not.toContain('three');
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PlinthError } from '../errors/index.ts';
import type { Cli } from './cli.ts';
import { ClosedOutput } from './closed-output.ts';
import { commandEntries } from './command-table.ts';
import { runCli } from './run-cli.ts';
import type { Sdk } from './sdk.ts';

const ID = `sha256:${'ab'.repeat(32)}`;

async function run(argv: readonly string[], sdk: Partial<Sdk> = {}, change: Partial<Cli> = {}) {
  const written = { stdout: '', stderr: '' };
  const output = (name: 'stdout' | 'stderr') => ({
    isTerminal: false,
    write: (data: string | Uint8Array) => {
      written[name] += typeof data === 'string' ? data : Buffer.from(data).toString();
    },
  });
  const cli: Cli = {
    stdout: output('stdout'),
    stderr: output('stderr'),
    env: { HOME: '/root' },
    cwd: '/here',
    now: () => 200_000,
    stdin: async function* () {},
    stdinIsTerminal: false,
    terminalSize: () => ({ columns: 80, rows: 24 }),
    onResize: () => () => {},
    interrupt: new AbortController().signal,
    sdk: async () => sdk as Sdk,
    ...change,
  };
  const status = await runCli(argv, cli);
  return { status, ...written };
}

/** Runs with a library whose function `name` keeps what it is asked for. */
async function requestOf<Name extends keyof Sdk>(name: Name, argv: readonly string[], answer: unknown) {
  let request: unknown;
  const answerTo = async (given: unknown) => {
    request = given;
    return answer;
  };
  const sdk = { [name]: answerTo } as Partial<Sdk>;
  const result = await run(argv, sdk);
  return { request, ...result };
}

describe('help', () => {
  it.each([[[]], [['--help']], [['help']], [['-h']]])('%j lists every command with one line', async (argv) => {
    const { status, stdout, stderr } = await run(argv);
    for (const { name, summary } of commandEntries())
      expect(stdout).toMatch(new RegExp(`^  ${name} +${summary}$`, 'm'));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it.each(commandEntries().map(({ name }) => name))('%s has a help', async (name) => {
    const { status, stdout } = await run([...name.split(' '), '--help']);
    expect(stdout.startsWith(`Usage:  plinth ${name}`)).toBe(true);
    expect(status).toBe(0);
    expect((await run(['help', ...name.split(' ')])).stdout).toBe(stdout);
    expect(stdout.split('\n').filter((line) => line.length > 110)).toEqual([]);
  });

  it('lists the commands of a group', async () => {
    expect((await run(['dockerfile'])).stdout).toMatch(
      /^Usage: {2}plinth dockerfile COMMAND\n\n {2}dockerfile parse {3}/,
    );
  });
});

describe('a wrong command line', () => {
  it.each([
    [['bild'], 2, 'error: plinth: there is no command "bild"\nhint: Did you mean \'plinth build\'?\n'],
    [
      ['dockerfile', 'prse'],
      2,
      'error: plinth: there is no command "dockerfile prse"\nhint: Did you mean \'plinth dockerfile parse\'?\n',
    ],
    [
      ['xyzzy'],
      2,
      'error: plinth: there is no command "xyzzy"\nhint: Run \'plinth --help\' for the list of commands.\n',
    ],
    [['--rot', 'x'], 2, 'error: unknown flag: --rot\nhint: Did you mean --root?\n'],
    [['build'], 2, "error: plinth build: it takes exactly 1 argument, got 0\nSee 'plinth build --help'.\n"],
    [
      ['images', 'a', 'b'],
      2,
      "error: plinth images: it takes at most 1 argument, got 2\nSee 'plinth images --help'.\n",
    ],
    [['run'], 125, "error: plinth run: it takes at least 1 argument, got 0\nSee 'plinth run --help'.\n"],
    [['run', '--x', 'i'], 125, "error: unknown flag: --x\nSee 'plinth run --help'.\n"],
    [
      ['run', '-v', 'data:/d', 'i'],
      125,
      'error: read --volume: "data:/d": volumes with a name are not supported; for a directory write ./data:/d\nSee \'plinth run --help\'.\n',
    ],
    [
      ['disk', '--size', '1', '--free', '1', 'a', 'b'],
      2,
      "error: read flags: --size and --free exclude each other\nSee 'plinth disk --help'.\n",
    ],
  ])('%j', async (argv, status, stderr) => {
    expect(await run(argv)).toEqual({ status, stdout: '', stderr });
  });
});

describe('failures', () => {
  const failing = (error: unknown): Partial<Sdk> => ({
    listImages: () => Promise.reject(error),
    runContainer: () => Promise.reject(error),
  });

  it('gives 1, and 125 for run', async () => {
    const error = new PlinthError('open store: it is locked', { code: 'x' });
    expect(await run(['images'], failing(error))).toMatchObject({
      status: 1,
      stderr: 'error: open store: it is locked\n',
    });
    expect((await run(['run', 'i'], failing(error))).status).toBe(125);
  });

  it('gives the status that the error asks for', async () => {
    const error = new PlinthError('start: not found', { code: 'x', details: { exitStatus: 127 } });
    expect((await run(['run', 'i', 'x'], failing(error))).status).toBe(127);
  });

  it.each([[['--debug', 'images']], [['images', '--debug']]])('%j shows more', async (argv) => {
    const { stderr } = await run(argv, failing(new PlinthError('m', { code: 'some-code' })));
    expect(stderr).toContain('code: some-code');
  });

  it('says nothing when the reader of the output has gone', async () => {
    const closed = {
      isTerminal: false,
      write: () => {
        throw new ClosedOutput();
      },
    };
    expect(await run(['version'], {}, { stdout: closed })).toEqual({ status: 141, stdout: '', stderr: '' });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])('ends with %s as %d', async (signal, status) => {
    const interrupt = AbortSignal.abort(signal);
    expect(await run(['images'], failing(new Error('aborted')), { interrupt })).toMatchObject({
      status,
      stderr: 'interrupted\n',
    });
  });
});

describe('commands', () => {
  it('prints the version', async () => {
    expect((await run(['--version'])).stdout).toMatch(/^plinth \d+\.\d+\.\d+\n$/);
    expect((await run(['version'])).stdout).toMatch(/^plinth: +\d.*\nnode: +\d/);
  });

  it('run takes everything after the image as the command', async () => {
    const argv = [
      '--root',
      '/r',
      'run',
      '--rm',
      '-e',
      'A=1',
      '-e',
      'HOME',
      '-e',
      'UNSET',
      '-v',
      './d:/d:ro',
      '--entrypoint=',
      'i',
      'c',
      '-x',
      '--rm=no',
    ];
    const { request, status } = await requestOf('runContainer', argv, { status: 7 });
    expect(status).toBe(7);
    expect(request).toEqual({
      root: '/r',
      image: 'i',
      args: ['c', '-x', '--rm=no'],
      remove: true,
      name: undefined,
      env: { A: '1', HOME: '/root' },
      workdir: undefined,
      user: undefined,
      entrypoint: '',
      network: 'host',
      volumes: [{ source: '/here/d', target: '/d', readOnly: true }],
      interactive: false,
      terminal: false,
      hostname: undefined,
      readOnly: false,
      capAdd: [],
      capDrop: [],
      passSignals: ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'],
    });
  });

  it('build asks for what the flags say, and -q prints the id', async () => {
    const argv = [
      'build',
      '-q',
      '-t',
      'a',
      '-t',
      'b:1',
      '--build-arg',
      'X=1',
      '--build-arg',
      'HOME',
      '--label',
      'l',
      '-o',
      'out',
      '-f',
      'D',
      'ctx',
    ];
    const { request, stdout } = await requestOf('buildImage', argv, { imageId: ID });
    expect(stdout).toBe(`${ID}\n`);
    expect(request).toMatchObject({
      context: 'ctx',
      dockerfile: 'D',
      names: ['a', 'b:1'],
      buildArgs: { X: '1', HOME: '/root' },
      labels: { l: '' },
      outputs: [{ kind: 'local', path: '/here/out' }],
      noCache: false,
      network: 'host',
    });
  });

  it('lists images as a table, ids or JSON', async () => {
    const images = [
      { repository: 'minios', tag: 'latest', id: ID, manifestDigest: ID, createdMs: 80_000, sizeBytes: 3_146_123 },
      { repository: undefined, tag: undefined, id: ID, manifestDigest: ID, createdMs: undefined, sizeBytes: 0 },
    ];
    const sdk: Partial<Sdk> = { listImages: async () => images };
    expect((await run(['images'], sdk)).stdout).toBe(
      'REPOSITORY   TAG      IMAGE ID       CREATED         SIZE\n' +
        'minios       latest   abababababab   2 minutes ago   3.15MB\n' +
        '<none>       <none>   abababababab   N/A             0B\n',
    );
    expect((await run(['images', '-q', '--no-trunc'], sdk)).stdout).toBe(`${ID}\n${ID}\n`);
    const [line = ''] = (await run(['images', '--format', 'json'], sdk)).stdout.split('\n');
    expect(JSON.parse(line)).toMatchObject({ Repository: 'minios', ID, Size: 3_146_123 });
  });

  it('lists containers', async () => {
    const common = { id: 'c'.repeat(64), image: 'minios', createdMs: 80_000, name: 'calm_box' };
    const containers = [
      {
        ...common,
        command: ['sleep', '1000000000000000000'],
        state: 'running' as const,
        startedMs: 190_000,
        exit: undefined,
      },
      { ...common, command: ['true'], state: 'exited' as const, startedMs: 1, exit: { status: 3, atMs: 140_000 } },
    ];
    expect((await run(['ps', '-a'], { listContainers: async () => containers })).stdout).toBe(
      'CONTAINER ID   IMAGE    COMMAND                  CREATED         STATUS                          NAMES\n' +
        'cccccccccccc   minios   "sleep 1000000000000…"   2 minutes ago   Up 10 seconds                   calm_box\n' +
        'cccccccccccc   minios   "true"                   2 minutes ago   Exited (3) About a minute ago   calm_box\n',
    );
  });

  it('does every operand, and fails if one failed', async () => {
    const removeContainer: Sdk['removeContainer'] = async ({ container }) => {
      if (container.startsWith('bad')) throw new PlinthError(`remove ${container}: not found`, { code: 'x' });
    };
    expect(await run(['rm', 'bad1', 'a', 'bad2', 'b'], { removeContainer })).toEqual({
      status: 1,
      stdout: 'a\nb\n',
      stderr: 'error: remove bad1: not found\nerror: remove bad2: not found\n',
    });
  });

  it('inspect prints what was found also when something was not', async () => {
    const inspectObject: Sdk['inspectObject'] = async ({ name }) => {
      if (name === 'bad') throw new PlinthError('find bad: not found', { code: 'x' });
      return { Id: name };
    };
    const result = await run(['inspect', '-f', 'json', 'a', 'bad'], { inspectObject });
    expect(result).toEqual({ status: 1, stdout: '[{"Id":"a"}]\n', stderr: 'error: find bad: not found\n' });
  });

  it('does not write an archive to a terminal', async () => {
    const stdout = { isTerminal: true, write: () => {} };
    const { status, stderr } = await run(['save', 'a'], {}, { stdout });
    expect(status).toBe(2);
    expect(stderr).toContain('write archive: standard output is a terminal');
  });

  it.each([
    ['of this directory', [], true, 'file'],
    ['of standard input where there is none', [], false, 'input'],
    ['of standard input if asked to', ['-'], true, 'input'],
  ])('parses the Dockerfile %s', async (_, operands, hasFile, expected) => {
    const cwd = mkdtempSync(join(tmpdir(), 'plinth-parse-'));
    if (hasFile) writeFileSync(join(cwd, 'Dockerfile'), 'file');
    const stdin = async function* () {
      yield Buffer.from('input');
    };
    const parseDockerfile = (text: string) => text;
    const { stdout } = await run(['dockerfile', 'parse', ...operands], { parseDockerfile }, { cwd, stdin });
    rmSync(cwd, { recursive: true });
    expect(stdout).toBe(expected);
  });

  it('does not wait for a Dockerfile to be typed', async () => {
    const { stderr } = await run(['dockerfile', 'parse'], {}, { cwd: '/nowhere', stdinIsTerminal: true });
    expect(stderr).toContain('error: read Dockerfile: ');
  });

  it('quotes the line of a Dockerfile that is wrong', async () => {
    const parseDockerfile = () => {
      throw new PlinthError('read Dockerfile, line 2: bad', { code: 'x', details: { line: 2 } });
    };
    const stdin = async function* () {
      yield Buffer.from('FROM scratch\nBAD\n');
    };
    const { stderr } = await run(['dockerfile', 'parse', '-'], { parseDockerfile }, { stdin });
    expect(stderr).toBe('error: read Dockerfile, line 2: bad\n  ┌ -:2\n1 │ FROM scratch\n2 │ BAD\n');
  });
});

describe('plinth new', () => {
  it.each([[['new']], [['new', '--list']]])('%j lists the recipes', async (argv) => {
    const { status, stdout } = await run(argv);
    expect(stdout.split('\n').map((line) => line.split(' ')[0])).toEqual(['minios', 'base', 'app', '']);
    expect(status).toBe(0);
  });

  it('asks on a terminal, and does what the answers say', async () => {
    const requests: unknown[] = [];
    const packPrograms: Sdk['packPrograms'] = async (request) => {
      requests.push(request);
      const packed = { programs: [], platform: 'linux/arm64', native: false, parts: [], sizeBytes: 0, notes: [] };
      return { ...packed, dockerfile: '', imageId: undefined };
    };
    const stdin = async function* () {
      yield Buffer.from('app\n\n');
      yield Buffer.from('curl\n');
    };
    const { status, stderr } = await run(['new', '--ask'], { packPrograms }, { stdin, stdinIsTerminal: true });
    expect(requests).toEqual([expect.objectContaining({ programs: ['curl'], context: '/here/app' })]);
    expect(stderr).toContain('Directory to make [app]: ');
    expect(stderr).toContain('plinth new app app curl\n');
    expect(stderr).toContain('next: plinth build -t app --platform linux/arm64 app\n');
    expect(status).toBe(0);
  });

  it.each([
    [['new', 'bas'], "Did you mean 'plinth new base'?"],
    [['new', '--ask'], 'standard input is no terminal'],
  ])('%j is refused', async (argv, text) => {
    const { status, stderr } = await run(argv);
    expect(stderr).toContain(text);
    expect(status).toBe(2);
  });
});

it('plinth pack takes programs of this machine by PATH, those of --root by its own', async () => {
  const answer = { programs: [], platform: undefined, native: true, parts: [], sizeBytes: 0, notes: [], imageId: ID };
  const flags = ['-t', 'app', '--add', 'a:/b', '-c', 'USER 1', '-o', 'out', '--certificates'];
  const own = await requestOf('packPrograms', ['pack', ...flags, 'one', 'two'], answer);
  expect(own.request).toMatchObject({
    programs: ['one', 'two'],
    cwd: '/here',
    names: ['app'],
    add: [{ path: 'a', to: '/b' }],
    changes: ['USER 1'],
    outputs: [{ kind: 'local', path: '/here/out' }],
    certificates: true,
  });
  expect(own.request).not.toHaveProperty('source');
  expect(own.stdout).toContain('made app (abababababab)\n');
  const other = await requestOf('packPrograms', ['pack', '-q', '--root', 'image', '-t', 'app', 'one'], answer);
  expect(other.request).toMatchObject({ source: 'image' });
  expect(other.request).not.toHaveProperty('cwd');
  expect(other.stdout).toBe(`${ID}\n`);
});

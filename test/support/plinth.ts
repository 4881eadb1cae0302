import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const CHECKOUT = resolve(import.meta.dirname, '../..');
const NODE = join(CHECKOUT, 'node_modules/node/bin/node');

/** The command as built: the pinned Node and the launcher. */
export const PLINTH: readonly [string, string] = [NODE, join(CHECKOUT, 'bin/plinth.mjs')];

export interface PlinthResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface PlinthOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** Words before the command, such as those of `setpriv`. */
  readonly wrapper?: readonly string[];
}

/** Runs the built command to its end. */
export function plinth(args: readonly string[], { cwd, env, input, wrapper = [] }: PlinthOptions = {}): PlinthResult {
  const [file = '', ...rest] = [...wrapper, ...PLINTH, ...args];
  const { status, stdout, stderr } = spawnSync(file, rest, {
    encoding: 'utf8',
    cwd,
    env: { ...cleanEnv(), ...env },
    input: input ?? '',
    maxBuffer: 1 << 28,
  });
  return { status, stdout, stderr };
}

/** Runs the built command, which must succeed, and returns what it printed. */
export function plinthOk(args: readonly string[], options?: PlinthOptions): string {
  const { status, stdout, stderr } = plinth(args, options);
  if (status !== 0) throw new Error(`plinth ${args.join(' ')} ended with ${status}:\n${stderr}${stdout}`);
  return stdout;
}

/** Starts the built command. */
export function startPlinth(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
  const [file = '', ...rest] = [...PLINTH, ...args];
  return spawn(file, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...cleanEnv(), ...env } });
}

function cleanEnv(): NodeJS.ProcessEnv {
  const { NODE_EXTRA_CA_CERTS: _, PLINTH_ROOT: __, SOURCE_DATE_EPOCH: ___, ...env } = process.env;
  return env;
}

/** Runs `use` with a new directory that everybody may enter, removed afterwards. */
export async function inDirectory<T>(use: (directory: string) => Promise<T> | T): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'plinth-test-'));
  chmodSync(directory, 0o755);
  try {
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** An ordinary user with a home and subordinate ids, made for a test. */
export interface TestUser {
  readonly name: string;
  readonly uid: number;
  readonly home: string;
  /** Words that run a command as this user. */
  readonly wrapper: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  remove(): void;
}

/** Makes an ordinary user; needs root and the Debian packages passwd and uidmap. */
export function makeUser(name: string, home: string): TestUser {
  spawnSync('userdel', [name]);
  mkdirSync(home, { recursive: true });
  execFileSync('useradd', ['--home-dir', home, '--no-create-home', '--shell', '/bin/sh', name]);
  const uid = Number(execFileSync('id', ['-u', name], { encoding: 'utf8' }));
  execFileSync('chown', [name, home]);
  return {
    name,
    uid,
    home,
    wrapper: ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--init-groups'],
    env: { HOME: home, USER: name, XDG_DATA_HOME: join(home, 'data'), XDG_CACHE_HOME: join(home, 'cache') },
    remove: () => execFileSync('userdel', [name]),
  };
}

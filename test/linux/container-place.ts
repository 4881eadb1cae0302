import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeUser, PLINTH, type PlinthOptions, type PlinthResult, plinth, type TestUser } from '../support/plinth.ts';

/** Who runs containers, with a store that holds the image `mini`: a BusyBox from nothing. */
export interface ContainerPlace {
  readonly directory: string;
  readonly store: string;
  /** Undefined for root. */
  readonly user: TestUser | undefined;
  /** Runs the command on the store. */
  plinth(args: readonly string[], options?: PlinthOptions): PlinthResult;
  /** Starts it in a process group of its own. */
  start(args: readonly string[]): Started;
  remove(): Promise<void>;
}

/** A command that runs. */
export interface Started {
  readonly process: ChildProcess;
  readonly pid: number;
  /** What it has printed up to now. */
  output(): string;
  /** Waits until it has printed `text`. */
  printed(text: string): Promise<void>;
  /** Its exit status, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** Makes a place for root, or for an ordinary user called `userName`. */
export function makePlace(userName?: string): ContainerPlace {
  const directory = mkdtempSync(join(tmpdir(), 'plinth-container-'));
  chmodSync(directory, 0o755);
  const user = userName === undefined ? undefined : makeUser(userName, join(directory, 'home'));
  const base = user?.home ?? directory;
  const store = join(base, 'store');
  const who: PlinthOptions = user === undefined ? {} : { wrapper: user.wrapper, env: user.env };
  const run = (args: readonly string[], options: PlinthOptions = {}) =>
    plinth(['--root', store, ...args], { cwd: base, ...who, ...options, env: { ...who.env, ...options.env } });
  const started: Started[] = [];
  const place: ContainerPlace = {
    directory: base,
    store,
    user,
    plinth: run,
    start(args) {
      const run = start([...(who.wrapper ?? []), ...PLINTH, '--root', store, ...args], who.env);
      started.push(run);
      return run;
    },
    async remove() {
      // What a test that failed left running.
      for (const { process: child } of started) child.kill('SIGKILL');
      await until(() => processesWith(store).length === 0, 'the end of all processes');
      // Files of subordinate ids are root's to remove.
      rmSync(directory, { recursive: true, force: true });
      user?.remove();
    },
  };
  const { status, stderr } = run(['new', 'minios', 'context']);
  if (status !== 0) throw new Error(`plinth new: ${stderr}`);
  buildMini(place);
  return place;
}

/** Both kinds of users, for `describe.each`; each test file names its user, as files run side by side. */
export function users(name: string): [who: string, userName: string | undefined][] {
  return [
    ['root', undefined],
    ['an ordinary user', name],
  ];
}

function start([file = '', ...args]: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
  const { NODE_EXTRA_CA_CERTS: _, ...own } = process.env;
  const child = spawn(file, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...own, ...env } });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk;
    });
  }
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (status, signal) => resolve(status ?? signal ?? 'unknown'));
  });
  return {
    process: child,
    pid: child.pid ?? 0,
    output: () => text,
    ended,
    async printed(wanted) {
      await until(() => text.includes(wanted), `${wanted} in ${text}`);
    },
  };
}

/** Waits for something that must come true soon. */
export async function until(test: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 1200; tries++) {
    if (test()) return;
    await sleep(25);
  }
  throw new Error(`waited in vain for ${what}`);
}

/** The processes whose command line holds `text`. */
export function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => readOrNothing(`/proc/${pid}/cmdline`).includes(text))
    .map(Number);
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** Builds the image `mini`, as it was at the start. */
export function buildMini(place: ContainerPlace): void {
  const { status, stderr } = place.plinth(['build', '-q', '-t', 'mini', 'context']);
  if (status !== 0) throw new Error(`build mini: ${stderr}`);
}

/** Builds an image of a Dockerfile in the place's store. */
export function buildImage(place: ContainerPlace, name: string, dockerfile: string): void {
  const context = join(place.directory, `context-${name}`);
  mkdirSync(context, { recursive: true });
  if (place.user !== undefined) execFileSync('chown', [place.user.name, context]);
  const { status, stderr } = place.plinth(['build', '-q', '-t', name, '-f', '-', context], { input: dockerfile });
  if (status !== 0) throw new Error(`build ${name}: ${stderr}`);
}

/** Runs a shell script, which must succeed, and returns what it printed. */
export function shell(script: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', script, 'bash', ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${script}: ${stderr}`);
  return stdout;
}

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where a program is on the search path, or undefined. */
export function which(program: string): string | undefined {
  if (program.startsWith('/')) return existsSync(program) ? program : undefined;
  const places = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  return places.map((place) => join(place, program)).find((path) => existsSync(path));
}

/** The first line of what a program says of its version. */
export function versionOf(program: string, args: readonly string[] = ['--version']): string | undefined {
  if (which(program) === undefined) return undefined;
  try {
    const text = execFileSync('/bin/sh', ['-c', '"$0" "$@" 2>&1', program, ...args], { encoding: 'utf8' });
    return text.split('\n')[0]?.trim();
  } catch {
    return undefined;
  }
}

/** Docker's command: Debian's, which has BuildKit built in, before one that would need a plugin. */
export const DOCKER: string | undefined = ['/usr/bin/docker', which('docker')].find(
  (path) => path !== undefined && existsSync(path),
);

/** A Docker engine of our own, on its own socket, with its own data. */
export interface DockerEngine {
  readonly env: Readonly<Record<string, string>>;
  readonly servers: readonly number[];
  stop(): Promise<void>;
}

const START_LIMIT_MS = 30_000;
const POLL_MS = 100;

/** Starts a Docker engine in `directory`; undefined if none is installed or it does not come up. */
export async function startDocker(directory: string): Promise<DockerEngine | undefined> {
  const dockerd = which('dockerd');
  if (dockerd === undefined || DOCKER === undefined || process.geteuid?.() !== 0) return undefined;
  mkdirSync(directory, { recursive: true });
  const socket = `unix://${join(directory, 'docker.sock')}`;
  const pidFile = join(directory, 'docker.pid');
  const places = [
    '--data-root',
    join(directory, 'data'),
    '--exec-root',
    join(directory, 'exec'),
    '-p',
    pidFile,
    '-H',
    socket,
  ];
  const network = ['--iptables=false', '--ip6tables=false', '--bridge=none'];
  const daemon = spawn(dockerd, [...network, '--storage-driver', 'overlay2', ...places], { stdio: 'ignore' });
  const env = { DOCKER_HOST: socket };
  if (!(await comesUp(env))) {
    daemon.kill();
    return undefined;
  }
  const servers = [daemon.pid ?? 0, ...childrenOf(daemon.pid ?? 0)];
  return { env, servers, stop: () => stopped(daemon) };
}

async function comesUp(env: Readonly<Record<string, string>>): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < START_LIMIT_MS; waitedMs += POLL_MS) {
    try {
      execFileSync(DOCKER ?? 'docker', ['version'], { env: { ...process.env, ...env }, stdio: 'ignore' });
      return true;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
  return false;
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).filter(Boolean).map(Number);
}

function stopped(daemon: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    daemon.once('exit', () => resolve());
    daemon.kill('SIGTERM');
  });
}

/** The words that make podman or buildah work in a directory of its own. */
export function containersStorage(directory: string): readonly string[] {
  return ['--root', join(directory, 'root'), '--runroot', join(directory, 'run'), '--storage-driver', 'overlay'];
}

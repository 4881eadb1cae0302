import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One run of one contender. */
export interface Sample {
  readonly wallMs: number;
  /** User and system time of the command and of its servers; undefined where it cannot be known. */
  readonly cpuMs: number | undefined;
  /** Peak resident memory of the largest process of the command (not of servers). */
  readonly peakMiB: number | undefined;
}

export interface Command {
  readonly argv: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Processes that work for the command: their CPU time counts. */
  readonly servers?: readonly number[];
}

const TIME = '/usr/bin/time';
/** Where `time` writes; a pipe of Node's is a socket, which it cannot open. */
const RESULT = join(tmpdir(), `plinth-bench-time-${process.pid}`);
process.on('exit', () => rmSync(RESULT, { force: true }));
const CLOCK_TICKS_PER_SECOND = 100;

/** Runs a command once and measures it. Throws with its output if it fails. */
export function measure({ argv, cwd, env, servers = [] }: Command): Sample {
  const timed = existsSync(TIME) ? [TIME, '-q', '-f', '%U %S %M', '-o', RESULT, ...argv] : [...argv];
  const serversBefore = serverCpuMs(servers);
  const begin = process.hrtime.bigint();
  const [file = '', ...args] = timed;
  const result = spawnSync(file, args, {
    cwd,
    env: { ...cleanEnv(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 28,
  });
  const wallMs = Number(process.hrtime.bigint() - begin) / 1e6;
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0)
    throw new Error(
      `${argv.join(' ')} ended with ${result.status ?? result.signal}:\n${result.stderr}${result.stdout}`,
    );
  const [user, system, peakKiB] = existsSync(RESULT) ? readFileSync(RESULT, 'utf8').trim().split(' ').map(Number) : [];
  const known = user !== undefined && system !== undefined && peakKiB !== undefined && !Number.isNaN(peakKiB);
  return {
    wallMs,
    cpuMs: known ? (user + system) * 1000 + serverCpuMs(servers) - serversBefore : undefined,
    peakMiB: known ? peakKiB / 1024 : undefined,
  };
}

/** The environment without what slows only Node down, so that every contender starts alike. */
function cleanEnv(): NodeJS.ProcessEnv {
  const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...env } = process.env;
  return env;
}

/** User and system time of processes and of their ended children (proc(5), stat fields 14 to 17). */
function serverCpuMs(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    for (const field of fields.slice(11, 15)) ticks += Number(field);
  }
  return (ticks * 1000) / CLOCK_TICKS_PER_SECOND;
}

/** The middle value; the lower of the two middles of an even count. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

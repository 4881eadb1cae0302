import { spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { systemErrorCode } from '../../errors/index.ts';

/** Names in the scratch directory of a build. */
export const SCRATCH = { source: 'source', output: 'output', headers: 'kernel-headers' } as const;

/** Where the programs of a build run: on this machine, or in a container. */
export interface BuildShell {
  /** The scratch directory, as the programs see it. */
  readonly directory: string;
  /** For messages: `on this machine`, `in the image gcc:12`. */
  readonly place: string;
  /**
   * Runs a program in the source, without input, with these variables and no others but `PATH`; what it prints is
   * appended to the file `output` of the scratch directory. Gives its exit status; 127 if there is no such program. When
   * `signal` aborts, the program and all that it started are ended before this returns.
   */
  run(words: readonly string[], env: Readonly<Record<string, string>>, signal: AbortSignal): Promise<number>;
}

/** How long programs may take to end by themselves. */
const GRACE_MS = 3000;

/** The shell of this machine. */
export function hostShell(scratch: string, searchPath: string): BuildShell {
  return {
    directory: scratch,
    place: 'on this machine',
    run: (words, env, signal) => runHere(words, { scratch, env: { PATH: searchPath, ...env }, signal }),
  };
}

interface Here {
  readonly scratch: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

function runHere([file = '', ...args]: readonly string[], { scratch, env, signal }: Here): Promise<number> {
  if (signal.aborted) return Promise.resolve(128 + 15);
  const output = openSync(join(scratch, SCRATCH.output), 'a', 0o600);
  return new Promise<number>((resolve) => {
    // In a session of its own it can ask no terminal, and is ended with all that it started.
    const options = {
      cwd: join(scratch, SCRATCH.source),
      env,
      detached: true,
      stdio: ['ignore', output, output] as const,
    };
    const child = spawn(file, args, { ...options, stdio: [...options.stdio] });
    const end = (name: NodeJS.Signals) => child.pid !== undefined && killGroup(child.pid, name);
    let timer: NodeJS.Timeout | undefined;
    const stop = () => {
      end('SIGTERM');
      timer = setTimeout(() => end('SIGKILL'), GRACE_MS);
    };
    signal.addEventListener('abort', stop, { once: true });
    const finish = (status: number) => {
      signal.removeEventListener('abort', stop);
      clearTimeout(timer);
      // What outlives its parent would write into a directory that is about to go.
      end('SIGKILL');
      resolve(status);
    };
    child.once('error', (error) => {
      writeSync(output, `${file}: not found (${error.message})\n`);
      finish(systemErrorCode(error) === 'ENOENT' ? 127 : 126);
    });
    child.once('exit', (status) => finish(status ?? 128 + 15));
  }).finally(() => closeSync(output));
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Nothing of it is left.
  }
}

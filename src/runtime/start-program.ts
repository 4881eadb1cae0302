import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { encodeText } from '../bytes/index.ts';
import { PlinthError, systemErrorCode } from '../errors/index.ts';
import { hostError } from '../host/index.ts';
import type { RuntimeErrorCode } from './runtime-error.ts';

/** A spawned start program and the socket over which it reports. */
export interface StartedProgram {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly status: Duplex;
}

let programs = 0;

/** A descriptor of a program, as `spawn` takes it. */
export type ProgramStream = number | 'ignore' | 'inherit' | 'ipc' | 'pipe';

/**
 * Writes `elf` into `directory`, spawns it and removes the file again.
 *
 * The status socket follows the descriptors of `stdio`.
 *
 * @throws PlinthError `host-write-failed`, `runtime-directory-noexec`, `container-died-early`
 */
export async function startProgram(
  elf: Buffer,
  directory: string,
  stdio: readonly ProgramStream[],
): Promise<StartedProgram> {
  programs += 1;
  const file = join(directory, `start-${process.pid}-${programs}`);
  try {
    writeFileSync(file, elf, { mode: 0o700, flag: 'wx' });
  } catch (error) {
    rmSync(file, { force: true });
    throw hostError(error, { action: 'write', path: encodeText(file), code: 'host-write-failed' });
  }
  try {
    // Its environment is part of the program; ours must not be seen in /proc either.
    const child = spawn(file, [], { stdio: [...stdio, 'pipe'], env: {}, cwd: '/' });
    const { pid } = child;
    if (pid === undefined) return await spawnFailure(child, directory);
    return { process: child, pid, status: (child.stdio as readonly unknown[])[stdio.length] as Duplex };
  } finally {
    // spawn returns when the kernel has read the file or refused it.
    unlinkSync(file);
  }
}

function spawnFailure(child: ChildProcess, directory: string): Promise<never> {
  return new Promise((_, reject) => {
    child.once('error', (cause) => {
      if (systemErrorCode(cause) !== 'EACCES') {
        reject(
          new PlinthError<RuntimeErrorCode>(`start program: ${cause.message}`, { code: 'container-died-early', cause }),
        );
        return;
      }
      reject(
        new PlinthError<RuntimeErrorCode>(`start program in ${directory}: permission denied (EACCES)`, {
          code: 'runtime-directory-noexec',
          hint: 'The file system of that directory is mounted noexec: use another one.',
          cause,
          details: { directory },
        }),
      );
    });
  });
}

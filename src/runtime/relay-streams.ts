import { write } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { systemErrorCode } from '../errors/index.ts';
import type { Container } from './container-process.ts';

/** Room appears in a full pipe at its reader's pace. */
const FULL_PIPE_WAIT_MS = 2;

const writeSome = promisify(write);

/** Where the pipes of a container lead: `input` to its standard input, its output to two of our descriptors. */
export interface LocalStreams {
  readonly input?: Readable | undefined;
  readonly stdout: number;
  readonly stderr: number;
}

/**
 * Carries what goes through the pipes of a container; resolves when all its output is written and nobody reads `input`.
 *
 * The container never holds our own streams: by opening /dev/stdout again it would empty the file that we write to, or
 * fail where that is a socket; and of our terminal it could read the keys.
 */
export async function relayStreams(container: Container, { input, stdout, stderr }: LocalStreams): Promise<void> {
  const { stdin } = container;
  // It need not read all of its input.
  stdin?.on('error', () => input?.unpipe(stdin));
  if (stdin !== undefined) input?.pipe(stdin);
  await Promise.all([relay(container.stdout, stdout), relay(container.stderr, stderr), container.exited]);
  if (stdin === undefined) return;
  input?.unpipe(stdin).pause();
  stdin.destroy();
}

async function relay(output: Readable | undefined, fd: number): Promise<void> {
  if (output === undefined) return;
  for await (const chunk of output) {
    // Ends the loop and closes the pipe: the container learns that its reader is gone.
    if (!(await writeAll(fd, chunk as Uint8Array))) return;
  }
}

/** Not synchronous: while a reader takes its time, signals must still be passed on. */
async function writeAll(fd: number, bytes: Uint8Array): Promise<boolean> {
  for (let done = 0; done < bytes.length; ) {
    try {
      done += (await writeSome(fd, bytes, done)).bytesWritten;
    } catch (error) {
      if (systemErrorCode(error) === 'EPIPE') return false;
      if (systemErrorCode(error) !== 'EAGAIN') throw error;
      await delay(FULL_PIPE_WAIT_MS);
    }
  }
  return true;
}

import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { ReadStream } from 'node:tty';
import { systemErrorCode } from '../errors/index.ts';
import { DEVPTS_FD } from './plan-stdio.ts';
import type { PipeEnds } from './status-channel.ts';

/** The streams of a container that lead to us. */
export interface ContainerStreams {
  readonly stdin?: Writable;
  readonly stdout?: Readable;
  readonly stderr?: Readable;
  /** The master end of the container's terminal, instead of the three. */
  readonly terminal?: ReadStream;
}

/** The streams, with what `resize` needs. */
export interface OpenedStreams extends ContainerStreams {
  readonly terminalFd?: number;
}

/**
 * Opens our ends of what the start program `pid` has made, through its descriptors in /proc.
 *
 * Opening anew gives us open files of our own: that ours do not block changes nothing for the container.
 */
export function openStreams(pid: number, pipes: readonly PipeEnds[], terminal: boolean): OpenedStreams {
  if (terminal) return openTerminal(pid);
  const [stdin, stdout, stderr] = pipes;
  return {
    ...(stdin === undefined || stdin.write === 0 ? {} : { stdin: openPipe(pid, stdin.write, constants.O_WRONLY) }),
    ...(stdout === undefined || stdout.read === 0 ? {} : { stdout: openPipe(pid, stdout.read, constants.O_RDONLY) }),
    ...(stderr === undefined || stderr.read === 0 ? {} : { stderr: openPipe(pid, stderr.read, constants.O_RDONLY) }),
  };
}

/** Gives up streams of a container that never ran. */
export function closeStreams(streams: OpenedStreams): void {
  for (const stream of [streams.stdin, streams.stdout, streams.stderr, streams.terminal]) stream?.destroy();
}

function openPipe(pid: number, fd: number, access: number): Socket {
  const opened = openSync(`/proc/${pid}/fd/${fd}`, access | constants.O_NONBLOCK);
  const reads = access === constants.O_RDONLY;
  return new Socket({ fd: opened, readable: reads, writable: !reads });
}

function openTerminal(pid: number): OpenedStreams {
  const terminalFd = openSync(`/proc/${pid}/fd/${DEVPTS_FD}/ptmx`, constants.O_RDWR | constants.O_NOCTTY);
  return { terminal: new (terminalStream())(terminalFd), terminalFd };
}

/**
 * The class of a stream for the master end of a terminal, which reads EIO once no process holds the other end: the end,
 * after all data, and no error. Made at need: most containers have no terminal, and node:tty takes a while to load.
 */
function terminalStream(): typeof ReadStream {
  return class extends ReadStream {
    override destroy(error?: Error): this {
      if (systemErrorCode(error) !== 'EIO' || this.readableEnded) return super.destroy(error);
      this.once('end', () => super.destroy());
      this.push(null);
      return this;
    }
  };
}

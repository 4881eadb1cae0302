import { constants } from 'node:os';
import type { ContainerStreams, OpenedStreams } from './open-streams.ts';

/** How the command of a container ended, as a shell counts: `status` is 128 + n for signal n. */
export interface ContainerExit {
  readonly status: number;
  readonly signal?: string;
}

/** A running container. It ends when its process 1 does, and when this process does. */
export interface Container extends ContainerStreams {
  /** Process 1 of the container, as numbered here. */
  readonly pid: number;
  /** Resolves when process 1 has ended and with it all others; streams may still hold data. */
  readonly exited: Promise<ContainerExit>;
  /** Sends a signal to process 1, which ignores those that it has no handler for, except SIGKILL and SIGSTOP. */
  kill(signal?: NodeJS.Signals | number): boolean;
  /** Tells the terminal its size. */
  resize(rows: number, columns: number): Promise<void>;
}

/** Makes the {@link Container} of a started program. */
export function createContainer(
  pid: number,
  { terminalFd, ...streams }: OpenedStreams,
  exited: Promise<ContainerExit>,
): Container {
  let running = true;
  void exited.then(() => {
    running = false;
  });
  return {
    ...streams,
    pid,
    exited,
    kill: (signal = 'SIGTERM') => running && sendSignal(pid, signal),
    async resize(rows, columns) {
      // Loaded now: most containers are never resized, and calls beyond Node's own take 10 ms to load.
      const { setWindowSize } = await import('../host/index.ts');
      if (running && terminalFd !== undefined) setWindowSize(terminalFd, rows, columns);
    },
  };
}

/** The exit that a wait status tells of (wait(2)). */
export function decodeWaitStatus(waitStatus: number): ContainerExit {
  const signal = waitStatus & 0x7f;
  if (signal === 0) return { status: (waitStatus >> 8) & 0xff };
  return { status: 128 + signal, signal: signalName(signal) };
}

function signalName(number: number): string {
  const name = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
  return name ?? `SIG${number}`;
}

function sendSignal(pid: number, signal: NodeJS.Signals | number): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

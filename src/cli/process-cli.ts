import { fstatSync, writeSync } from 'node:fs';
import { systemErrorCode } from '../errors/index.ts';
import type { Cli, EndSignal, Output, TerminalSize } from './cli.ts';
import { ClosedOutput } from './closed-output.ts';

const END_SIGNALS: readonly EndSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** The command line's powers over this process. Nothing is opened or loaded before it is used. */
export function createProcessCli(): Cli {
  let interrupt: AbortSignal | undefined;
  return {
    stdout: createOutput(1),
    stderr: createOutput(2),
    env: process.env,
    cwd: process.cwd(),
    now: Date.now,
    stdin: () => process.stdin,
    get stdinIsTerminal() {
      return isTerminal(0);
    },
    terminalSize,
    onResize(listener) {
      process.stderr.on('resize', listener);
      return () => process.stderr.off('resize', listener);
    },
    get interrupt() {
      interrupt ??= listenForEnd();
      return interrupt;
    },
    sdk: () => import('../sdk/index.ts'),
  };
}

function createOutput(fd: 1 | 2): Output {
  return {
    get isTerminal() {
      return isTerminal(fd);
    },
    write(data) {
      try {
        writeAll(fd, typeof data === 'string' ? Buffer.from(data) : data);
      } catch (error) {
        // What nobody reads on stderr must not stop the work.
        if (fd === 2) return;
        if (systemErrorCode(error) === 'EPIPE') throw new ClosedOutput();
        throw error;
      }
    },
  };
}

/** Synchronous, because a process that ends drops what its asynchronous pipes still hold. */
function writeAll(fd: number, data: Uint8Array): void {
  for (let written = 0; written < data.length; ) {
    try {
      written += writeSync(fd, data, written);
    } catch (error) {
      // A pipe that another process has made non-blocking is full: let its reader run.
      if (systemErrorCode(error) !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}

/** The driver of /dev/null and its like (major number 1), which are no terminals. */
const MEMORY_MAJOR = 1;

function isTerminal(fd: number): boolean {
  try {
    // Most often it is a pipe, a file or /dev/null, and then node:tty need not be loaded, which costs 2 ms.
    const status = fstatSync(fd);
    if (!status.isCharacterDevice() || status.rdev >>> 8 === MEMORY_MAJOR) return false;
  } catch {
    return false;
  }
  return process.getBuiltinModule('node:tty').isatty(fd);
}

function terminalSize(): TerminalSize {
  const { columns, rows } = process.stderr;
  return { columns: columns > 0 ? columns : 80, rows: rows > 0 ? rows : 24 };
}

function listenForEnd(): AbortSignal {
  const controller = new AbortController();
  for (const signal of END_SIGNALS) {
    process.on(signal, () => {
      // Who asks twice does not want to wait for the cleaning up.
      if (controller.signal.aborted) process.exit(128 + SIGNAL_NUMBERS[signal]);
      controller.abort(signal);
    });
  }
  return controller.signal;
}

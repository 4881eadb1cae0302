import type { Sdk } from './sdk.ts';

/** Where results or messages go. Writes are complete when they return; a closed pipe ends the command silently. */
export interface Output {
  readonly isTerminal: boolean;
  write(data: string | Uint8Array): void;
}

/** The size of a terminal in cells. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** The signals that a user or a service manager ends a command with. */
export type EndSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** Everything outside itself that the command line uses. The real one is `process-cli.ts`. */
export interface Cli {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Wall clock, ms since 1970. */
  now(): number;
  /** The bytes of standard input, from here to their end. */
  stdin(): AsyncIterable<Uint8Array>;
  readonly stdinIsTerminal: boolean;
  /** The size of the terminal on stderr, now. */
  terminalSize(): TerminalSize;
  /** Calls `listener` whenever that size changes, until the returned function is called. */
  onResize(listener: () => void): () => void;
  /** Aborts at the first Ctrl-C, SIGTERM or SIGHUP; its reason is the name of the signal. Commands that never ask for it just end. */
  readonly interrupt: AbortSignal;
  /** The library, loaded on first use: most of what a command loads is behind it. */
  sdk(): Promise<Sdk>;
}

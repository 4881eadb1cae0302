import { PlinthError } from '../errors/index.ts';

/** What the worker process is asked: the first message to it. */
export interface WorkerRequest {
  readonly operation: string;
  readonly storeRoot: string;
  readonly request: unknown;
}

/** What it is told later: that it may `start` the container, and what signals came for that. */
export type WorkerMessage = { readonly kind: 'start' } | { readonly kind: 'signal'; readonly signal: NodeJS.Signals };

/** What it answers: once `done` or `failed`; before that `starting`, when it waits for `start`. */
export type WorkerReply =
  | { readonly kind: 'starting' }
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: ErrorRecord };

/** An error as plain data, to cross between processes. */
export interface ErrorRecord {
  readonly message: string;
  readonly code?: string;
  readonly hint?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly stack?: string;
}

/** `error` as plain data. */
export function recordError(error: unknown): ErrorRecord {
  if (error instanceof PlinthError) {
    const { message, code, hint, details } = error;
    return { message, code, details, ...(hint === undefined ? {} : { hint }) };
  }
  if (error instanceof Error)
    return { message: error.message, ...(error.stack === undefined ? {} : { stack: error.stack }) };
  return { message: String(error) };
}

/** The error that `record` was made of. */
export function restoreError(record: ErrorRecord): Error {
  const { message, code, hint, details } = record;
  if (code !== undefined) return new PlinthError(message, { code, hint, details: details ?? {} });
  const error = new Error(message);
  if (record.stack !== undefined) error.stack = record.stack;
  return error;
}

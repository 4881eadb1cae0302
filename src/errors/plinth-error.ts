/** What a {@link PlinthError} carries beside its message. */
export interface ErrorFields<Code extends string> {
  /** Stable kebab-case name that callers match on; every one is listed in `docs/errors.md`. */
  readonly code: Code;
  /** What the user can do about it, as one sentence. */
  readonly hint?: string | undefined;
  /** The error that led to this one. */
  readonly cause?: unknown;
  /** Plain facts: path, digest, expected, actual, line. Never a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * The one base of all errors that Plinth throws on purpose.
 *
 * The message is lower case and reads *verb object: fact*, with what was wanted and what was found.
 */
export class PlinthError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(message: string, fields: ErrorFields<Code>) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = 'PlinthError';
    this.code = fields.code;
    this.hint = fields.hint;
    this.details = fields.details ?? {};
  }
}

/** Whether `error` is a {@link PlinthError}, by shape, so that it also holds across bundles. */
export function isPlinthError(error: unknown): error is PlinthError {
  return (
    error instanceof Error && error.name === 'PlinthError' && typeof (error as { code?: unknown }).code === 'string'
  );
}

/** What a system error says in words (`permission denied`), or the message of any other. */
export function errorFact(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  // Node writes `ENOSPC: no space left on device, write`: the words between are the fact.
  const words = /^E[A-Z0-9]+: ([^,]+)/.exec(message)?.[1] ?? message;
  return words === 'illegal operation on a directory' ? 'it is a directory' : words;
}

/** The `code` of a system error (`ENOENT`, …), or undefined for anything else. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = (error as NodeJS.ErrnoException).code;
  return typeof code === 'string' ? code : undefined;
}

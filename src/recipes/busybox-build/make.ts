import { recipesError } from '../error.ts';
import type { BuildLog } from './build-log.ts';
import type { BuildShell } from './build-shell.ts';

/** What a program of the build came to. */
export interface MakeResult {
  readonly status: number;
  /** All that it printed. */
  readonly output: string;
}

/** Runs the programs of one build, with the same variables each. */
export interface Make {
  readonly scratch: string;
  run(words: readonly string[], onOutput?: (bytes: Uint8Array) => void): Promise<MakeResult>;
}

/** Far more than a build prints; a configuration that asks the same for ever gets there fast. */
const MAX_OUTPUT_BYTES = 32 * 1024 * 1024;

export interface MakeOptions {
  readonly scratch: string;
  readonly shell: BuildShell;
  readonly log: BuildLog;
  readonly env: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** @throws PlinthError `busybox-build-failed` from `run` if a program prints without end; the signal's reason */
export function createMake({ scratch, shell, log, env, signal }: MakeOptions): Make {
  return {
    scratch,
    async run(words, onOutput) {
      signal?.throwIfAborted();
      log.note(words.join(' '));
      const limit = new AbortController();
      const ends = signal === undefined ? limit.signal : AbortSignal.any([signal, limit.signal]);
      const { result, output } = await log.follow(() => shell.run(words, env, ends), {
        limitBytes: MAX_OUTPUT_BYTES,
        onLimit: () => limit.abort(),
        ...(onOutput === undefined ? {} : { onOutput }),
      });
      signal?.throwIfAborted();
      if (!limit.signal.aborted) return { status: result, output };
      throw recipesError('busybox-build-failed', `run ${words[0]}: it printed more than ${MAX_OUTPUT_BYTES} bytes`, {
        hint: `A value in the configuration may be out of range; the log is ${log.path}.`,
        details: { log: log.path },
      });
    },
  };
}

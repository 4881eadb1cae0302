import type { Cli } from '../cli.ts';
import { styleFor } from '../render/style.ts';
import { createJsonProgress } from './json.ts';
import { createPlainProgress } from './plain.ts';
import type { Progress, ProgressPowers } from './progress.ts';
import { createQuietProgress } from './quiet.ts';
import { createTtyProgress } from './tty.ts';

export type { Progress, ProgressPowers } from './progress.ts';

/** The words of `--progress`. */
export const PROGRESS_MODES = ['auto', 'tty', 'plain', 'json', 'quiet'] as const;
export type ProgressMode = (typeof PROGRESS_MODES)[number];

/** Shows a build on stderr; `auto` is live on a terminal and plain elsewhere. */
export function createProgress(mode: ProgressMode, cli: Cli): Progress {
  const powers = progressPowers(cli);
  switch (mode) {
    case 'json':
      return createJsonProgress(powers);
    case 'quiet':
      return createQuietProgress(powers);
    case 'plain':
      return createPlainProgress(powers);
    case 'tty':
      return createTtyProgress(powers);
    case 'auto':
      return cli.stderr.isTerminal && cli.env.TERM !== 'dumb' ? createTtyProgress(powers) : createPlainProgress(powers);
  }
}

function progressPowers(cli: Cli): ProgressPowers {
  return {
    style: styleFor(cli.stderr, cli.env),
    write: (text) => cli.stderr.write(text),
    nowMs: () => performance.now(),
    size: () => cli.terminalSize(),
    onResize: (listener) => cli.onResize(listener),
    every(intervalMs, tick) {
      const timer = setInterval(tick, intervalMs).unref();
      return () => clearInterval(timer);
    },
  };
}

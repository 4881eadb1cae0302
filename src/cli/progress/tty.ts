import { textWidth } from '../render/terminal-text.ts';
import { applyEvent, createBuildState } from './build-state.ts';
import { failureLines } from './failure.ts';
import type { Progress, ProgressPowers } from './progress.ts';
import { finalFrame, liveFrame } from './tty-frame.ts';

/** Often enough for a clock that counts tenths of seconds. */
const REDRAW_MS = 100;

/** Progress that redraws itself in place, on a terminal. */
export function createTtyProgress(powers: ProgressPowers): Progress {
  const state = createBuildState();
  const startedMs = powers.nowMs();
  const screen = new Screen(powers);
  let drawnMs = Number.NEGATIVE_INFINITY;
  let closed = false;
  const options = () => ({ elapsedMs: powers.nowMs() - startedMs, size: powers.size(), style: powers.style });
  const draw = () => {
    drawnMs = powers.nowMs();
    screen.draw(liveFrame(state, options()));
  };
  const stopTimer = powers.every(REDRAW_MS, draw);
  const stopResize = powers.onResize(draw);
  return {
    observe(event) {
      applyEvent(state, event);
      // Long synchronous work lets no timer run; its events keep the picture moving.
      if (!closed && powers.nowMs() - drawnMs >= REDRAW_MS) draw();
    },
    close() {
      if (closed) return;
      closed = true;
      stopTimer();
      stopResize();
      const warnings = state.warnings.map((warning) => powers.style.yellow(`WARNING: ${warning}`));
      const summary = state.summary === undefined ? [] : [state.summary];
      const failures = failureLines(state.steps.values(), powers.style);
      const frame = state.steps.size === 0 ? [] : finalFrame(state, options());
      screen.draw([...frame, ...failures, ...warnings, ...summary]);
    },
  };
}

/** The lines that are on the terminal just above the cursor, and can be drawn over. */
class Screen {
  readonly #powers: ProgressPowers;
  #widths: readonly number[] = [];

  constructor(powers: ProgressPowers) {
    this.#powers = powers;
  }

  /** Replaces them, in one write so that nothing flickers. */
  draw(lines: readonly string[]): void {
    const { columns } = this.#powers.size();
    // A terminal that became narrower has wrapped the old lines.
    const rows = this.#widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    const up = rows === 0 ? '' : `\x1b[${rows}A\r`;
    this.#powers.write(`${up}${lines.map((line) => `${line}\x1b[K\n`).join('')}\x1b[J`);
    this.#widths = lines.map((line) => textWidth(withoutStyle(line)));
  }
}

function withoutStyle(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences that Style writes
  return line.replace(/\x1b\[\d+m/g, '');
}

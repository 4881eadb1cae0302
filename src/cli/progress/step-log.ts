import { OutputLines } from './output-lines.ts';

/** How many lines of a step's output are kept to be shown again when it fails. */
const KEPT_LINES = 200;

/** The recent output of one step, as plain lines. */
export class StepLog {
  readonly #streams = { stdout: new OutputLines(), stderr: new OutputLines() };
  readonly #lines: string[] = [];
  #last: 'stdout' | 'stderr' = 'stdout';

  /** Takes the next piece and gives the lines that it completes. */
  push(stream: 'stdout' | 'stderr', bytes: Uint8Array): string[] {
    this.#last = stream;
    return this.#keep(this.#streams[stream].push(bytes));
  }

  /** Ends the output and gives lines that had no end. */
  finish(): string[] {
    return this.#keep([...this.#streams.stdout.finish(), ...this.#streams.stderr.finish()]);
  }

  /** The last `count` lines, with the one that is not complete. */
  tail(count: number): string[] {
    const { unfinished } = this.#streams[this.#last];
    return [...this.#lines, ...(unfinished === '' ? [] : [unfinished])].slice(-count);
  }

  /** Everything that is kept. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  #keep(lines: string[]): string[] {
    this.#lines.push(...lines.slice(-KEPT_LINES));
    if (this.#lines.length > KEPT_LINES) this.#lines.splice(0, this.#lines.length - KEPT_LINES);
    return lines;
  }
}

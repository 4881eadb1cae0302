import { dockerfileProblem } from './dockerfile-error.ts';
import { lineRange } from './source-range.ts';

/** The longest line that BuildKit reads, in bytes and without its line feed. */
export const LINE_LIMIT_BYTES = 65_535;

/** Reads a Dockerfile line by line; a line keeps its line feed. */
export class LineReader {
  readonly #text: string;
  #at = 0;
  #line = 0;

  constructor(text: string) {
    // The byte-order mark is no part of the first line.
    this.#text = text.startsWith('\uFEFF') ? text.slice(1) : text;
  }

  /** How many lines have been read: the number of the line that was read last. */
  get line(): number {
    return this.#line;
  }

  /**
   * The next line with its line feed, or undefined at the end.
   *
   * @throws PlinthError `dockerfile-line-too-long`
   */
  next(): string | undefined {
    if (this.#at >= this.#text.length) return undefined;
    const feed = this.#text.indexOf('\n', this.#at);
    const end = feed < 0 ? this.#text.length : feed;
    const start = this.#at;
    this.#at = end + 1;
    this.#line++;
    this.#checkLength(start, end);
    return this.#text.slice(start, feed < 0 ? end : end + 1);
  }

  #checkLength(start: number, end: number): void {
    if ((end - start) * 3 <= LINE_LIMIT_BYTES) return;
    const lengthBytes = Buffer.byteLength(this.#text.slice(start, end));
    if (lengthBytes <= LINE_LIMIT_BYTES) return;
    throw dockerfileProblem(`the line has ${lengthBytes} bytes, at most ${LINE_LIMIT_BYTES} are allowed`, {
      code: 'dockerfile-line-too-long',
      range: lineRange(this.#line, 1),
      hint: 'Split the instruction with continuation lines.',
    });
  }
}

/** `line` without the carriage returns and the line feed at its end. */
export function trimLineEnd(line: string): string {
  let end = line.length;
  while (end > 0 && (line.charCodeAt(end - 1) === 0x0a || line.charCodeAt(end - 1) === 0x0d)) end--;
  return line.slice(0, end);
}

import type { Style } from './style.ts';
import { showControls } from './table.ts';

/** How many lines stand above and below those at fault, how many of these are shown, and how long a line may be. */
const CONTEXT_LINES = 2;
const MAX_FAULT_LINES = 12;
const MAX_LINE_CHARACTERS = 400;

interface Excerpt {
  readonly file: string;
  /** The lines that are known, and the number of the first of them. */
  readonly lines: readonly string[];
  readonly firstLine: number;
  readonly start: Position;
  readonly end: Position;
}

interface Position {
  readonly line: number;
  /** From 1; at the end, after the last character. */
  readonly column: number | undefined;
}

/**
 * The lines of the source that an error points at, with their numbers and a marker under the columns.
 *
 * An error's details carry `source` (the whole text) or `excerpt` (the text from the line at fault on), with `line` and
 * maybe `column`, `endLine`, `endColumn`, or a `range` of two positions; and `file`.
 */
export function formatExcerpt(details: Readonly<Record<string, unknown>>, style: Style): string[] {
  const excerpt = readExcerpt(details);
  if (excerpt === undefined) return [];
  const { file, start, end } = excerpt;
  const lastFault = Math.min(end.line, start.line + MAX_FAULT_LINES - 1);
  const first = Math.max(excerpt.firstLine, start.line - CONTEXT_LINES);
  const last = Math.min(excerpt.firstLine + excerpt.lines.length - 1, lastFault + CONTEXT_LINES);
  const gutter = String(last).length;
  const lines = [
    `${' '.repeat(gutter)} ${style.dim('┌')} ${showControls(file)}:${start.line}${start.column === undefined ? '' : `:${start.column}`}`,
  ];
  for (let number = first; number <= last; number++) {
    const text = showLine(excerpt.lines[number - excerpt.firstLine] ?? '');
    const fault = number >= start.line && number <= end.line;
    const label = String(number).padStart(gutter);
    lines.push(
      `${fault ? style.bold(label) : style.dim(label)} ${style.dim('│')} ${fault ? text : style.dim(text)}`.trimEnd(),
    );
    const marker = number === start.line ? markerFor(excerpt, text) : undefined;
    if (marker !== undefined) lines.push(`${' '.repeat(gutter)} ${style.dim('│')} ${style.red(marker)}`);
  }
  return lines;
}

/** One cell for one character of the line, so that the marker stands under what it means. */
function showLine(line: string): string {
  return showControls(line.replaceAll('\t', ' ').slice(0, MAX_LINE_CHARACTERS));
}

function markerFor({ start, end }: Excerpt, text: string): string | undefined {
  if (start.column === undefined || start.column > text.length + 1) return undefined;
  const lineEnd = text.length + 1;
  const stop = end.line === start.line ? Math.min(end.column ?? lineEnd, lineEnd) : lineEnd;
  return `${' '.repeat(start.column - 1)}${'^'.repeat(Math.max(1, stop - start.column))}`;
}

function readExcerpt(details: Readonly<Record<string, unknown>>): Excerpt | undefined {
  const { source, excerpt, file } = details;
  const start = readPosition(details, 'start');
  const text = typeof source === 'string' ? source : excerpt;
  if (typeof text !== 'string' || start === undefined) return undefined;
  const end = readPosition(details, 'end') ?? { line: start.line, column: undefined };
  return {
    file: typeof file === 'string' ? file : 'Dockerfile',
    lines: text.replace(/\r?\n$/, '').split(/\r?\n/),
    firstLine: typeof source === 'string' ? 1 : start.line,
    start,
    end: end.line < start.line ? start : end,
  };
}

function readPosition(details: Readonly<Record<string, unknown>>, side: 'start' | 'end'): Position | undefined {
  const range = details.range as Readonly<Record<string, { line?: unknown; column?: unknown }>> | undefined;
  const flat =
    side === 'start'
      ? { line: details.line, column: details.column }
      : { line: details.endLine, column: details.endColumn };
  const line = flat.line ?? range?.[side]?.line;
  const column = flat.column ?? range?.[side]?.column;
  return isCount(line) ? { line, column: isCount(column) ? column : undefined } : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

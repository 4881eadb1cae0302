import type { SourceRange } from './source-range.ts';

const CONTEXT_LINES = 2;
/** Longer instructions are shown by their first lines. */
const MARKED_LIMIT = 12;
const WIDTH_LIMIT = 160;

/**
 * The lines around `range` for an error, numbered, those of the range marked `>>>`; a range within one line is underlined.
 *
 * ```text
 *    2 |     FROM scratch
 *    3 | >>> COPPY a /
 *      |     ^^^^^
 * ```
 */
export function renderSourceExcerpt(text: string, range: SourceRange): string {
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  const last = Math.min(range.end.line, range.start.line + MARKED_LIMIT - 1, lines.length);
  const from = Math.max(1, range.start.line - CONTEXT_LINES);
  const to = Math.min(lines.length, last + CONTEXT_LINES);
  const width = String(to).length;
  const shown: string[] = [];
  for (let line = from; line <= to; line++) {
    const isMarked = line >= range.start.line && line <= last;
    if (line === lines.length && lines[line - 1] === '' && !isMarked) break;
    shown.push(
      `${String(line).padStart(width + 1)} | ${isMarked ? '>>>' : '   '} ${printable(lines[line - 1] ?? '')}`.trimEnd(),
    );
    if (isMarked && range.start.line === range.end.line) shown.push(...underline(lines[line - 1] ?? '', range, width));
  }
  return shown.join('\n');
}

function underline(line: string, { start, end }: SourceRange, width: number): string[] {
  const from = start.column - 1;
  const to = Math.min(end.column - 1, line.length, WIDTH_LIMIT);
  if (to <= from || from + (to - from) > WIDTH_LIMIT) return [];
  const indent = printable(line.slice(0, from)).length;
  const length = printable(line.slice(from, to)).length;
  return [`${' '.repeat(width + 1)} |     ${' '.repeat(indent)}${'^'.repeat(length)}`];
}

/** Tabs as one blank, control characters as what shows them, so that a terminal cannot be misled. */
function printable(line: string): string {
  const cut = line.length > WIDTH_LIMIT ? `${line.slice(0, WIDTH_LIMIT)}…` : line;
  return cut
    .replaceAll('\t', ' ')
    .replaceAll(/\r$/g, '')
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, '�');
}

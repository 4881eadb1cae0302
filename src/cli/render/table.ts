import { textWidth, truncateText } from './terminal-text.ts';

/** How a table differs from the plain one. */
export interface TableLayout {
  /** Columns, from 0, whose cells stand at the right, as numbers should. */
  readonly right?: readonly number[];
  /** The width of the terminal: the last column is cut to fit. Absent: nothing is cut. */
  readonly columns?: number | undefined;
}

/** What is left of the last column, however narrow the terminal. */
const LAST_COLUMN_CELLS = 16;

/**
 * Rows under a heading, columns aligned and three spaces apart; without a layout the same on a terminal and in a pipe.
 * Control characters in cells are shown as `\xNN`, so that a name cannot move the cursor.
 */
export function formatTable(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  { right = [], columns }: TableLayout = {},
): string {
  const lines = [heading, ...rows.map((row) => row.map(showControls))];
  const widths = heading.map((_, column) => Math.max(...lines.map((line) => textWidth(line[column] ?? ''))));
  const last = heading.length - 1;
  const before = widths.slice(0, last).reduce((sum, width) => sum + width + GAP.length, 0);
  const room = columns === undefined ? undefined : Math.max(LAST_COLUMN_CELLS, columns - before);
  return lines
    .map((line) =>
      line.map((cell, column) => (column === last && room !== undefined ? truncateText(cell, room) : cell)),
    )
    .map((line) => `${alignLine(line, widths, right)}\n`)
    .join('');
}

const GAP = '   ';

function alignLine(cells: readonly string[], widths: readonly number[], right: readonly number[]): string {
  const padded = cells.map((cell, column) => {
    const space = ' '.repeat(Math.max(0, (widths[column] ?? 0) - textWidth(cell)));
    return right.includes(column) ? space + cell : cell + space;
  });
  return padded.join(GAP).trimEnd();
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\x00-\x1f\x7f-\x9f]/g;
/** What makes a terminal write the rest of a line from right to left (CVE-2021-42574). */
const DIRECTIONS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const HIDDEN = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** `text` with every control character written as `\xNN`, and those that turn the direction as `\u{NNNN}`. */
export function showControls(text: string): string {
  // Hardly ever is there one.
  if (!HIDDEN.test(text)) return text;
  return text
    .replace(CONTROLS, (character) => `\\x${hex(character).padStart(2, '0')}`)
    .replace(DIRECTIONS, (character) => `\\u{${hex(character)}}`);
}

/** {@link showControls} of a text of several lines. */
export function showControlsOfLines(text: string): string {
  return text.split('\n').map(showControls).join('\n');
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16);
}

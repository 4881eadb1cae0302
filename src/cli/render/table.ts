import { textWidth } from './terminal-text.ts';

/**
 * Rows under a heading, columns aligned and three spaces apart; the same on a terminal and in a pipe.
 * Control characters in cells are shown as `\xNN`, so that a name cannot move the cursor.
 */
export function formatTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heading, ...rows.map((row) => row.map(showControls))];
  const widths = heading.map((_, column) => Math.max(...lines.map((line) => textWidth(line[column] ?? ''))));
  return lines.map((line) => `${alignLine(line, widths)}\n`).join('');
}

function alignLine(cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - textWidth(cell))));
  return padded.join('   ').trimEnd();
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\x00-\x1f\x7f-\x9f]/g;

/** `text` with every control character written as `\xNN`. */
export function showControls(text: string): string {
  return text.replace(CONTROLS, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

import type { DirectiveReader, EscapeCharacter } from './directive.ts';
import { type LineReader, trimLineEnd } from './line-reader.ts';
import type { LinePiece, LogicalLine } from './source-range.ts';
import { skipSpace } from './white-space.ts';

/** A logical line that has just been read. */
export interface ReadLine {
  readonly source: LogicalLine;
  /** The number of its first line in the file. */
  readonly line: number;
  /** Whether an empty line stands between its continuation lines, which BuildKit warns of. */
  readonly hasEmptyLine: boolean;
}

/** The next instruction with its continuation lines joined; comments and empty lines before it are skipped. */
export function readLogicalLine(reader: LineReader, directives: DirectiveReader): ReadLine | undefined {
  for (let raw = reader.next(); raw !== undefined; raw = reader.next()) {
    const text = trimLineEnd(raw);
    const start = skipSpace(text, 0);
    directives.read(text.slice(start), reader.line);
    if (start === text.length || text.charAt(start) === '#') continue;
    const pieces: LinePiece[] = [{ offset: 0, line: reader.line, column: start + 1 }];
    const kept = withoutContinuation(text.slice(start), directives.escape);
    if (kept === undefined)
      return { source: { text: text.slice(start), pieces }, line: reader.line, hasEmptyLine: false };
    return joinContinuation(reader, directives.escape, kept, pieces);
  }
  return undefined;
}

function joinContinuation(reader: LineReader, escaper: EscapeCharacter, first: string, pieces: LinePiece[]): ReadLine {
  const line = reader.line;
  let joined = first;
  let hasEmptyLine = false;
  for (let raw = reader.next(); raw !== undefined; raw = reader.next()) {
    const text = trimLineEnd(raw);
    const start = skipSpace(text, 0);
    if (text.charAt(start) === '#') continue;
    if (start === text.length) {
      hasEmptyLine = true;
      continue;
    }
    pieces.push({ offset: joined.length, line: reader.line, column: 1 });
    const kept = withoutContinuation(text, escaper);
    joined += kept ?? text;
    if (kept === undefined) break;
  }
  return { source: { text: joined, pieces }, line, hasEmptyLine };
}

/**
 * The line without the escape character that joins it with the next, or undefined if it ends the instruction.
 *
 * Blanks may follow the escape character; a doubled one does not join, nor do three: BuildKit looks back one character only.
 */
function withoutContinuation(text: string, escaper: EscapeCharacter): string | undefined {
  let end = text.length;
  while (end > 0 && (text.charAt(end - 1) === ' ' || text.charAt(end - 1) === '\t')) end--;
  if (end === 0 || text.charAt(end - 1) !== escaper) return undefined;
  if (end > 1 && text.charAt(end - 2) === escaper) return undefined;
  return text.slice(0, end - 1);
}

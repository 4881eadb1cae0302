/** A place in a Dockerfile. */
export interface SourcePosition {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units, a byte-order mark not counted. */
  readonly column: number;
}

/** A part of a Dockerfile. */
export interface SourceRange {
  readonly start: SourcePosition;
  /** The place after the last character. */
  readonly end: SourcePosition;
}

/** One instruction with its continuation lines joined, and where each piece of it came from. */
export interface LogicalLine {
  readonly text: string;
  readonly pieces: readonly LinePiece[];
}

/** A run of a logical line that stands together in the file. */
export interface LinePiece {
  /** Where the piece begins in {@link LogicalLine.text}. */
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/** A part of a logical line: what a later stage understood it as, and where it stands. */
export interface Word {
  readonly text: string;
  /** Offset into the logical line. */
  readonly start: number;
  /** Offset after the last character. */
  readonly end: number;
}

/** The range in the file of the part from `start` to `end` of a logical line. */
export function rangeIn(line: LogicalLine, start: number, end: number): SourceRange {
  return { start: positionIn(line, start, false), end: positionIn(line, end, end > start) };
}

/** An end belongs to the piece that holds the character before it, not to the next line. */
function positionIn(line: LogicalLine, offset: number, isEnd: boolean): SourcePosition {
  let found: LinePiece = { offset: 0, line: 1, column: 1 };
  for (const piece of line.pieces) {
    if (isEnd ? piece.offset >= offset && piece.offset > 0 : piece.offset > offset) break;
    found = piece;
  }
  return { line: found.line, column: found.column + offset - found.offset };
}

/** The range of one whole line that is `length` long. */
export function lineRange(line: number, length: number): SourceRange {
  return { start: { line, column: 1 }, end: { line, column: 1 + length } };
}

import { dockerfileProblem } from './dockerfile-error.ts';
import { expandWords } from './expansion.ts';
import { type LineReader, trimLineEnd } from './line-reader.ts';
import type { SourceRange } from './source-range.ts';

/** The start of a here-document, as it stands in an instruction: `3<<-"EOF"`. */
export interface HeredocMark {
  readonly name: string;
  /** 0 if none is written. */
  readonly fileDescriptor: number;
  /** Whether variables in the content are replaced: no part of the name is quoted. */
  readonly expand: boolean;
  /** Whether tabs at the starts of lines are to be removed (`<<-`). */
  readonly chomp: boolean;
}

/** A here-document with its lines as they stand in the file, line ends and tabs included. */
export interface Heredoc extends HeredocMark {
  readonly content: string;
}

const MARK = /^(\d*)<<(-?)[\t\n\f\r ]*([^<]*)$/;
const NO_VARIABLES: ReadonlyMap<string, string> = new Map();

/**
 * The here-document that a word of an instruction starts, or undefined.
 *
 * @throws PlinthError `dockerfile-expansion-invalid` (its name has an unclosed quote)
 */
export function parseHeredocMark(word: string): HeredocMark | undefined {
  const match = word.includes('<<') ? MARK.exec(word) : null;
  const rest = match?.[3] ?? '';
  if (match === null || rest === '') return undefined;
  const [name, ...more] = expandWords(rest, NO_VARIABLES, { keepUnset: true });
  if (name === undefined || more.length > 0) return undefined;
  const [raw = ''] = expandWords(rest, NO_VARIABLES, { keepUnset: true, rawQuotes: true });
  return {
    name,
    fileDescriptor: Number(match[1] ?? 0),
    // An escaped quote is in both readings, a quote that quotes only in the raw one.
    expand: countQuotes(name) === countQuotes(raw),
    chomp: match[2] === '-',
  };
}

function countQuotes(text: string): number {
  return text.length - text.replaceAll(/['"]/g, '').length;
}

/** The here-documents that an instruction starts, in their order; none if its quotes do not close. */
export function findHeredocMarks(line: string): HeredocMark[] {
  if (!line.includes('<<')) return [];
  // Always with a backslash: here-documents know no other escape character.
  const words = wordsOrNone(line);
  return words.map(parseHeredocMark).filter((mark) => mark !== undefined);
}

function wordsOrNone(line: string): string[] {
  try {
    return expandWords(line, NO_VARIABLES, { rawQuotes: true, rawEscapes: true, keepUnset: true });
  } catch {
    return [];
  }
}

/**
 * Reads the lines of a here-document up to its end line.
 *
 * @throws PlinthError `dockerfile-heredoc-invalid` (the file ends first)
 */
export function readHeredoc(mark: HeredocMark, reader: LineReader, range: SourceRange): Heredoc {
  const lines: string[] = [];
  for (let line = reader.next(); line !== undefined; line = reader.next()) {
    const text = trimLineEnd(line);
    if ((mark.chomp ? text.replace(/^\t+/, '') : text) === mark.name) return { ...mark, content: lines.join('') };
    lines.push(line);
  }
  throw dockerfileProblem(`unterminated heredoc: no line ${JSON.stringify(mark.name)} follows`, {
    code: 'dockerfile-heredoc-invalid',
    range,
    hint: `End the here-document with a line that is just ${mark.name}.`,
  });
}

/** The content of a here-document with `<<-` obeyed. */
export function heredocText(heredoc: Heredoc): string {
  return heredoc.chomp ? heredoc.content.replaceAll(/^\t+/gm, '') : heredoc.content;
}

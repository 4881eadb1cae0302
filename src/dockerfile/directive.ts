import { dockerfileProblem } from './dockerfile-error.ts';
import { lineRange } from './source-range.ts';
import { skipSpace } from './white-space.ts';

/** The character that escapes in words and joins lines. */
export type EscapeCharacter = '\\' | '`';

/** What a parser directive may be about. */
export type DirectiveName = 'syntax' | 'escape' | 'check';

const NAMES: readonly string[] = ['syntax', 'escape', 'check'];
const DIRECTIVE = /^([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*([^\n]+)$/;
const isDirectiveName = (name: string): name is DirectiveName => NAMES.includes(name);

/**
 * Reads the parser directives at the top of a Dockerfile (Dockerfile reference, Parser directives).
 *
 * The first line that is none ends them: a comment, an empty line or an instruction.
 */
export class DirectiveReader {
  readonly values: Map<DirectiveName, string> = new Map();
  #done = false;

  /** The escape character in force. */
  get escape(): EscapeCharacter {
    return this.values.get('escape') === '`' ? '`' : '\\';
  }

  /**
   * Looks at the next line, given without white space at its start and without its line end.
   *
   * @throws PlinthError `dockerfile-directive-invalid` (repeated, or an escape that is neither \ nor `)
   */
  read(text: string, line: number): void {
    if (this.#done) return;
    const match = text.startsWith('#') ? DIRECTIVE.exec(text.slice(skipSpace(text, 1))) : null;
    const name = match?.[1]?.toLowerCase() ?? '';
    const value = (match?.[2] ?? '').replace(/[\t\n\f\r ]+$/, '');
    if (value === '' || !isDirectiveName(name)) {
      this.#done = true;
      return;
    }
    const range = lineRange(line, text.length);
    if (this.values.has(name)) {
      throw dockerfileProblem(`only one ${name} parser directive can be used`, {
        code: 'dockerfile-directive-invalid',
        range,
      });
    }
    if (name === 'escape' && value !== '\\' && value !== '`') {
      throw dockerfileProblem(`the escape character is ${JSON.stringify(value)}, it must be \\ or \``, {
        code: 'dockerfile-directive-invalid',
        range,
      });
    }
    this.values.set(name, value);
  }
}

import { ExpansionFault } from './expansion-error.ts';
import { PATTERN_LIMIT } from './expansion-limit.ts';
import { replaceAll, replaceFirst } from './replacement.ts';
import { matchStart, parseShellPattern, reversePattern, reverseText, type ShellPattern } from './shell-pattern.ts';

/** The text after the name in `${name…}`. */
export interface Operand {
  /** The next character, taken; empty at the end. */
  take(): string;
  /** The next character, left there. */
  peek(): string;
  /** The expanded text before `stop`, which is taken too; `missing` is what to say if it is not there. */
  readUntil(stop: string, rawEscapes: boolean, missing: string): string;
}

const NO_BRACE = "syntax error: missing '}'";
const NO_SLASH = `syntax error: missing '/' in \${}`;

/** The value of `${name<operator>…}` whose name has been read; `value` is undefined for an unset variable. */
export function substitute(name: string, value: string | undefined, keepUnset: boolean, operand: Operand): string {
  const first = operand.take();
  if (first === '/') return replace(name, value, keepUnset, operand);
  const isColon = first === ':';
  const operator = isColon ? operand.take() : first;
  const modifier = first + (isColon ? operator : '');
  const isTrim = operator === '#' || operator === '%';
  if (!isColon && !isTrim && operator !== '-' && operator !== '+' && operator !== '?') throw unsupported(modifier);
  if (isColon && isTrim) throw unsupported(modifier);
  const word = operand.readUntil('}', isTrim, NO_BRACE);
  if (value === undefined && keepUnset) return `\${${name}${modifier}${word}}`;
  const isUnset = value === undefined || (isColon && value === '');
  switch (operator) {
    case '-':
      return isUnset ? word : value;
    case '+':
      return isUnset ? '' : word;
    case '?':
      if (!isUnset) return value;
      throw new ExpansionFault(
        `${name}: ${word || `is not allowed to be ${value === undefined ? 'unset' : 'empty'}`}`,
        'dockerfile-variable-missing',
      );
    case '#':
    case '%':
      return trim(value ?? '', word, operator);
    default:
      throw unsupported(modifier);
  }
}

function unsupported(modifier: string): ExpansionFault {
  return new ExpansionFault(`unsupported modifier (${modifier}) in substitution`);
}

function trim(value: string, word: string, operator: '#' | '%'): string {
  const greedy = word.startsWith(operator);
  const pattern = greedy ? word.slice(1) : word;
  if (operator === '#') return withoutStart(value, pattern, greedy);
  // Backwards, because the shortest match at the end is only found from there.
  return reverseText(withoutStart(reverseText(value), reversePattern(pattern), greedy));
}

function withoutStart(value: string, pattern: string, greedy: boolean): string {
  const end = matchStart(compile(pattern), value, greedy);
  return end < 0 ? value : value.slice(end);
}

function replace(name: string, value: string | undefined, keepUnset: boolean, operand: Operand): string {
  const isAll = operand.peek() === '/';
  if (isAll) operand.take();
  const pattern = operand.readUntil('/', true, NO_SLASH);
  const replacement = operand.readUntil('}', true, NO_BRACE);
  if (value === undefined && keepUnset) return `\${${name}/${pattern}/${replacement}}`;
  const compiled = compile(pattern);
  return isAll ? replaceAll(value ?? '', compiled, replacement) : replaceFirst(value ?? '', compiled, replacement);
}

function compile(pattern: string): ShellPattern {
  if (pattern.length > PATTERN_LIMIT) {
    throw new ExpansionFault(`a pattern is longer than ${PATTERN_LIMIT} characters`, 'dockerfile-too-complex');
  }
  const parsed = parseShellPattern(pattern);
  if (typeof parsed !== 'string') return parsed;
  throw new ExpansionFault(`invalid pattern (${pattern}) in substitution: invalid escape '${parsed}'`);
}

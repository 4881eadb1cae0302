import { checkLength } from './expansion-limit.ts';
import { findMatch, type ShellPattern } from './shell-pattern.ts';

/** `value` with the first match of `pattern` replaced by `replacement` as it stands. */
export function replaceFirst(value: string, pattern: ShellPattern, replacement: string): string {
  const match = findMatch(pattern, value, 0);
  if (match === undefined) return value;
  return value.slice(0, match[0]) + replacement + value.slice(match[1]);
}

/**
 * `value` with every match of `pattern` replaced, as Go's `Regexp.ReplaceAllString` does it.
 *
 * That means that `$0` and `${0}` in `replacement` stand for the match, `$$` for a dollar and any other `$name` for
 * nothing, and that an empty match right after another match is left out.
 */
export function replaceAll(value: string, pattern: ShellPattern, replacement: string): string {
  let result = '';
  let copied = 0;
  for (let from = 0; from <= value.length; ) {
    const match = findMatch(pattern, value, from);
    if (match === undefined) break;
    const [start, end] = match;
    result += value.slice(copied, start);
    if (end > copied || start === 0) result += fillTemplate(replacement, value.slice(start, end));
    checkLength(result.length);
    copied = end;
    const step = characterLength(value, from);
    from = from + step > end ? from + step : Math.max(end, from + (step === 0 ? 1 : 0));
  }
  return result + value.slice(copied);
}

function characterLength(value: string, at: number): number {
  const code = value.codePointAt(at);
  if (code === undefined) return 0;
  return code > 0xffff ? 2 : 1;
}

const REFERENCE = /\$(?:\$|([\p{L}\p{Nd}_]+)|\{([\p{L}\p{Nd}_]+)\})/gu;

function fillTemplate(template: string, match: string): string {
  if (!template.includes('$')) return template;
  checkLength((template.length / 2) * match.length);
  return template.replace(REFERENCE, (reference, bare: string | undefined, braced: string | undefined) => {
    if (reference === '$$') return '$';
    return (bare ?? braced) === '0' ? match : '';
  });
}

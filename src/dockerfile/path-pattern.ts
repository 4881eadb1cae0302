import { PlinthError } from '../errors/index.ts';
import type { DockerfileErrorCode } from './dockerfile-error.ts';
import { type CodeRange, PathMatcher, type PathToken } from './path-matcher.ts';

/**
 * Whether `name` matches a shell pattern as Go's `filepath.Match` reads it, the rule for sources of COPY and ADD.
 *
 * `*` is any characters but `/`, `?` one of them, `[a-z]` and `[^a-z]` one of a set, and a backslash makes the next literal.
 *
 * @throws PlinthError `path-pattern-invalid`
 */
export function matchPattern(pattern: string, name: string): boolean {
  return compilePattern(pattern).matches(name);
}

/**
 * A pattern ready to be matched with many names; see {@link matchPattern}.
 *
 * @throws PlinthError `path-pattern-invalid`
 */
export function compilePattern(pattern: string): PathMatcher {
  const tokens: PathToken[] = [];
  for (let at = 0; at < pattern.length; ) {
    const read = readToken(pattern, at);
    at = read.end;
    const isRepeated = read.token.kind === 'many' && tokens.at(-1)?.kind === 'many';
    if (!isRepeated) tokens.push(read.token);
  }
  return new PathMatcher(tokens);
}

/** Whether `pattern` has anything but plain characters. */
export function hasWildcard(pattern: string): boolean {
  return /[*?[\\]/.test(pattern);
}

interface ReadToken {
  readonly token: PathToken;
  readonly end: number;
}

function readToken(pattern: string, at: number): ReadToken {
  const character = pattern.charAt(at);
  if (character === '*') return { token: { kind: 'many' }, end: at + 1 };
  if (character === '?') return { token: { kind: 'one' }, end: at + 1 };
  if (character === '[') return readSet(pattern, at);
  const { code, end } = readCharacter(pattern, at);
  return { token: { kind: 'character', code }, end };
}

function readSet(pattern: string, start: number): ReadToken {
  let at = start + 1;
  const isNegated = pattern.charAt(at) === '^';
  if (isNegated) at++;
  const ranges: CodeRange[] = [];
  while (pattern.charAt(at) !== ']' || ranges.length === 0) {
    const first = readSetCharacter(pattern, at);
    at = first.end;
    let last = first.code;
    if (pattern.charAt(at) === '-') {
      const second = readSetCharacter(pattern, at + 1);
      last = second.code;
      at = second.end;
    }
    ranges.push([first.code, last]);
  }
  return { token: { kind: 'set', ranges, isNegated }, end: at + 1 };
}

function readSetCharacter(pattern: string, at: number): { code: number; end: number } {
  const character = pattern.charAt(at);
  if (character === '-' || character === ']') throw invalidPattern(pattern, `a bracket holds a misplaced ${character}`);
  return readCharacter(pattern, at);
}

function readCharacter(pattern: string, start: number): { code: number; end: number } {
  const isEscaped = pattern.charAt(start) === '\\';
  const at = isEscaped ? start + 1 : start;
  const code = pattern.codePointAt(at);
  if (code === undefined)
    throw invalidPattern(pattern, isEscaped ? 'it ends in a backslash' : 'a bracket is not closed');
  return { code, end: at + (code > 0xffff ? 2 : 1) };
}

function invalidPattern(pattern: string, fact: string): PlinthError<DockerfileErrorCode> {
  return new PlinthError(`read pattern ${JSON.stringify(pattern)}: ${fact}`, {
    code: 'path-pattern-invalid',
    hint: 'Put a backslash before *, ?, [ or \\ to mean the character itself.',
    details: { pattern },
  });
}

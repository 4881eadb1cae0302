import { isPlinthError, PlinthError } from '../errors/index.ts';
import type { DockerfileErrorCode } from './dockerfile-error.ts';
import { type CodeRange, PathMatcher, type PathToken } from './path-matcher.ts';
import { compilePattern } from './path-pattern.ts';
import { trimSpace } from './white-space.ts';

/** One pattern of an ignore file, as moby/patternmatcher reads it. */
export interface IgnorePattern {
  /** Whether it starts with `!` and so takes paths back in. */
  readonly isException: boolean;
  /** Whether it matches `path` itself. */
  matches(path: string): boolean;
  /** Whether it might match something below the directory `path`. */
  mayMatchBelow(path: string): boolean;
}

/**
 * Compiles one pattern.
 *
 * @throws PlinthError `ignore-file-invalid`
 */
export function compileIgnorePattern(pattern: string): IgnorePattern | undefined {
  const trimmed = trimSpace(pattern);
  if (trimmed === '') return undefined;
  const isException = trimmed.startsWith('!');
  const path = cleanPath(isException ? trimmed.slice(1) : trimmed);
  if (isException && trimmed === '!') throw invalid(pattern, '"!" takes nothing back in');
  checkSyntax(pattern, path);
  return { isException, ...compile(path) };
}

function checkSyntax(pattern: string, path: string): void {
  try {
    compilePattern(path);
  } catch (error) {
    if (!isPlinthError(error)) throw error;
    throw invalid(pattern, error.message, error);
  }
}

function invalid(pattern: string, fact: string, cause?: unknown): PlinthError<DockerfileErrorCode> {
  return new PlinthError(`read ignore pattern ${JSON.stringify(pattern)}: ${fact}`, {
    code: 'ignore-file-invalid',
    cause,
    details: { pattern },
  });
}

/** `path` without empty, `.` and `..` parts where they can be left out, as Go's `filepath.Clean` does it. */
export function cleanPath(path: string): string {
  const isRooted = path.startsWith('/');
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (!isRooted) parts.push(part);
  }
  return (isRooted ? '/' : '') + parts.join('/') || '.';
}

type Compiled = Pick<IgnorePattern, 'matches' | 'mayMatchBelow'>;

function compile(path: string): Compiled {
  const wild = /[*?[\]\\]/.exec(path);
  if (wild === null) return { matches: (name) => name === path, mayMatchBelow: (name) => path.startsWith(`${name}/`) };
  const { tokens, isPlainAfterStars } = readTokens(path);
  if (isPlainAfterStars) return compileSuffix(path.slice(2));
  const matcher = new PathMatcher(tokens);
  return {
    matches: (name) => matcher.matches(name),
    mayMatchBelow: (name) => matcher.mayMatchAfter(`${name}/`),
  };
}

/** `**` and then plain text: the end of a path is compared, so that `**x` also matches `ax`. */
function compileSuffix(suffix: string): Compiled {
  return {
    matches: (name) => name.endsWith(suffix) || (suffix.startsWith('/') && name === suffix.slice(1)),
    mayMatchBelow: () => true,
  };
}

function readTokens(path: string): { tokens: PathToken[]; isPlainAfterStars: boolean } {
  const tokens: PathToken[] = [];
  let isPlain = path.startsWith('**');
  for (let at = 0; at < path.length; ) {
    const { token, end } = readToken(path, at);
    if (at > 0 && token.kind !== 'character') isPlain = false;
    if (path.charAt(at) === '\\') isPlain = false;
    tokens.push(token);
    at = end;
  }
  return { tokens, isPlainAfterStars: isPlain };
}

function readToken(path: string, at: number): { token: PathToken; end: number } {
  const character = path.charAt(at);
  if (character === '?') return { token: { kind: 'one' }, end: at + 1 };
  if (character === '[') return readSet(path, at);
  if (character === '*') {
    if (path.charAt(at + 1) !== '*') return { token: { kind: 'many' }, end: at + 1 };
    const end = path.charAt(at + 2) === '/' ? at + 3 : at + 2;
    return { token: { kind: end === path.length ? 'anything' : 'directories' }, end };
  }
  const start = character === '\\' && at + 1 < path.length ? at + 1 : at;
  const code = path.codePointAt(start) ?? 0;
  return { token: { kind: 'character', code }, end: start + (code > 0xffff ? 2 : 1) };
}

/** The syntax has been checked: a bracket closes. A range that runs backwards matches nothing. */
function readSet(path: string, start: number): { token: PathToken; end: number } {
  const isNegated = path.charAt(start + 1) === '^';
  const ranges: CodeRange[] = [];
  let at = start + (isNegated ? 2 : 1);
  while (at < path.length && (path.charAt(at) !== ']' || ranges.length === 0)) {
    const first = readSetCharacter(path, at);
    const isRange = path.charAt(first.end) === '-';
    const last = isRange ? readSetCharacter(path, first.end + 1) : first;
    ranges.push([first.code, last.code]);
    at = last.end;
  }
  return { token: { kind: 'set', ranges, isNegated }, end: at + 1 };
}

function readSetCharacter(path: string, at: number): { code: number; end: number } {
  const start = path.charAt(at) === '\\' ? at + 1 : at;
  const code = path.codePointAt(start) ?? 0;
  return { code, end: start + (code > 0xffff ? 2 : 1) };
}

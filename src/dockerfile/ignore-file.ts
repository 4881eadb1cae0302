import { type ByteString, decodeText } from '../bytes/index.ts';
import { cleanPath, compileIgnorePattern, type IgnorePattern } from './ignore-pattern.ts';
import { trimSpace } from './white-space.ts';

/** The patterns of a `.dockerignore` file, cleaned; comments and empty lines are left out. */
export function parseIgnoreFile(text: string): string[] {
  const patterns: string[] = [];
  for (const line of text.replace(/^\uFEFF/, '').split('\n')) {
    if (line.startsWith('#')) continue;
    const trimmed = trimSpace(line);
    if (trimmed === '') continue;
    const isException = trimmed.startsWith('!');
    const path = isException ? trimSpace(trimmed.slice(1)) : trimmed;
    patterns.push((isException ? '!' : '') + (path === '' ? '' : withoutLeadingSlash(cleanPath(path))));
  }
  return patterns;
}

function withoutLeadingSlash(path: string): string {
  return path.length > 1 && path.startsWith('/') ? path.slice(1) : path;
}

/** Tells which paths of a build context are left out of it. */
export interface IgnoreMatcher {
  /** Whether `path`, relative to the context and without `./`, is left out: by itself or with a directory above it. */
  ignores(path: ByteString): boolean;
  /** Whether something below the left-out directory `path` may be in again; if not, it need not be read. */
  mayContainIncluded(path: ByteString): boolean;
}

/**
 * A matcher for patterns as {@link parseIgnoreFile} gives them; the last pattern that matches decides.
 *
 * @throws PlinthError `ignore-file-invalid`
 */
export function createIgnoreMatcher(patterns: readonly string[]): IgnoreMatcher {
  const compiled = patterns.map(compileIgnorePattern).filter((pattern) => pattern !== undefined);
  const exceptions = compiled.filter((pattern) => pattern.isException);
  return {
    ignores: (path) => compiled.length > 0 && isIgnored(compiled, decodeText(path)),
    mayContainIncluded: (path) => {
      const text = decodeText(path);
      return exceptions.some((pattern) => pattern.mayMatchBelow(text));
    },
  };
}

function isIgnored(patterns: readonly IgnorePattern[], path: string): boolean {
  const paths = [path, ...directoriesAbove(path)];
  let ignored = false;
  for (const pattern of patterns) {
    // A pattern that would change nothing need not be tried.
    if (pattern.isException !== ignored) continue;
    if (paths.some((candidate) => pattern.matches(candidate))) ignored = !ignored;
  }
  return ignored;
}

function directoriesAbove(path: string): string[] {
  const found: string[] = [];
  for (let slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1))
    found.push(path.slice(0, slash));
  return found;
}

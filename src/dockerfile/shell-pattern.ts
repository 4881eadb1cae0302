// Glob patterns of ${name#pattern} and its kin: `*` is any run of characters, `?` is one, a backslash makes either
// literal; neither stands for a line feed and there are no brackets. Matching follows Go's regexp (leftmost, then as short
// or as long as asked), in time proportional to value × pattern: a run of stars never backtracks.

/** A pattern cut at its stars: each segment is a row of literal strings and, as undefined, single wildcards. */
export interface ShellPattern {
  readonly segments: readonly Segment[];
  /** Whether a literal line feed occurs, so that a match may span lines. */
  readonly spansLines: boolean;
}

type Segment = readonly (string | undefined)[];

/** Reads a pattern; returns the offending escape (`\x`) instead if there is one. */
export function parseShellPattern(pattern: string): ShellPattern | string {
  const segments: (string | undefined)[][] = [];
  let segment: (string | undefined)[] = [];
  segments.push(segment);
  const characters = [...(pattern.startsWith('\uFEFF') ? pattern.slice(1) : pattern)];
  for (let at = 0; at < characters.length; at++) {
    let character = characters[at] ?? '';
    if (character === '*') {
      segment = [];
      segments.push(segment);
      continue;
    }
    if (character === '?') {
      segment.push(undefined);
      continue;
    }
    if (character === '\\') {
      const next = characters[at + 1] ?? '';
      // The escape of } and / serves the ${} around the pattern and is no part of it.
      if (next === '}' || next === '/') continue;
      if (next !== '*' && next !== '?' && next !== '\\') return `\\${next}`;
      character = next;
      at++;
    }
    appendLiteral(segment, character);
  }
  return { segments, spansLines: pattern.includes('\n') };
}

function appendLiteral(segment: (string | undefined)[], character: string): void {
  const last = segment.at(-1);
  if (last === undefined) segment.push(character);
  else segment[segment.length - 1] = last + character;
}

/** The end of the match at the start of `value`, or -1; the longest if `greedy`, else the shortest. */
export function matchStart(pattern: ShellPattern, value: string, greedy: boolean): number {
  return matchAt(pattern, value, 0, greedy);
}

/** The first match in `value` at or after `from`, as long as possible: its start and end, or undefined. */
export function findMatch(pattern: ShellPattern, value: string, from: number): readonly [number, number] | undefined {
  const first = pattern.segments[0] ?? [];
  for (let at = from; at <= value.length; ) {
    const start = findSegment(first, value, at, value.length);
    if (start < 0) return undefined;
    const end = matchAt(pattern, value, start, true);
    if (end >= 0) return [start, end];
    // What fails here fails up to the end of the line, unless the pattern itself crosses lines.
    const feed = value.indexOf('\n', start);
    if (pattern.spansLines) at = start + 1;
    else if (feed < 0) return undefined;
    else at = feed + 1;
  }
  return undefined;
}

function matchAt(pattern: ShellPattern, value: string, start: number, greedy: boolean): number {
  const { segments } = pattern;
  let at = segmentEnd(segments[0] ?? [], value, start);
  for (let index = 1; index < segments.length && at >= 0; index++) {
    const segment = segments[index] ?? [];
    const feed = value.indexOf('\n', at);
    const limit = feed < 0 ? value.length : feed;
    const isLast = index === segments.length - 1;
    const found =
      isLast && greedy ? findLastSegment(segment, value, at, limit) : findSegment(segment, value, at, limit);
    at = found < 0 ? -1 : segmentEnd(segment, value, found);
  }
  return at;
}

/** Where the segment that begins at `start` ends, or -1 if it is not there. */
function segmentEnd(segment: Segment, value: string, start: number): number {
  let at = start;
  for (const part of segment) {
    if (part !== undefined) {
      if (!value.startsWith(part, at)) return -1;
      at += part.length;
      continue;
    }
    const code = value.codePointAt(at);
    if (code === undefined || code === 0x0a) return -1;
    at += code > 0xffff ? 2 : 1;
  }
  return at;
}

function findSegment(segment: Segment, value: string, from: number, limit: number): number {
  const [first] = segment;
  for (let at = from; at <= limit; at++) {
    if (first !== undefined) at = value.indexOf(first, at);
    if (at < 0 || at > limit) return -1;
    if (!isInsidePair(value, at) && segmentEnd(segment, value, at) >= 0) return at;
  }
  return -1;
}

function findLastSegment(segment: Segment, value: string, from: number, limit: number): number {
  const [first] = segment;
  for (let at = limit; at >= from; at--) {
    if (first !== undefined) at = value.lastIndexOf(first, at);
    if (at < from) return -1;
    if (!isInsidePair(value, at) && segmentEnd(segment, value, at) >= 0) return at;
  }
  return -1;
}

/** Whether `at` is between the two halves of one character. */
function isInsidePair(value: string, at: number): boolean {
  const code = value.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff && at > 0 && (value.codePointAt(at - 1) ?? 0) > 0xffff;
}

/** `value` backwards, character by character. */
export function reverseText(value: string): string {
  return [...value].reverse().join('');
}

/** `pattern` backwards, each escape kept before what it escapes. */
export function reversePattern(pattern: string): string {
  const characters = [...pattern];
  const parts: string[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? '';
    const escaped = character === '\\' ? characters[++at] : undefined;
    parts.push(character + (escaped ?? ''));
  }
  return parts.reverse().join('');
}

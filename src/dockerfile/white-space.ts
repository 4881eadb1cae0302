// Go's unicode.IsSpace: JavaScript's \s lacks U+0085 and has U+FEFF, and the Dockerfile's words must split where BuildKit's do.
const SPACE = /[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** Whether the code unit at `index` is white space; false past the end. */
export function isSpaceAt(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  if (code < 0x80) return code === 0x20 || (code >= 0x09 && code <= 0x0d);
  return code >= 0x80 && SPACE.test(text.charAt(index));
}

/** Whether it separates an instruction from its arguments, and plain arguments from each other. */
export function isBlankAt(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code === 0x20 || code === 0x09 || (code >= 0x0b && code <= 0x0d);
}

/** The first index from `start` that holds no white space, at most `end`. */
export function skipSpace(text: string, start: number, end: number = text.length): number {
  let at = start;
  while (at < end && isSpaceAt(text, at)) at++;
  return at;
}

/** `end` moved back over white space, at least `start`. */
export function trimSpaceEnd(text: string, start: number, end: number = text.length): number {
  let at = end;
  while (at > start && isSpaceAt(text, at - 1)) at--;
  return at;
}

/** `text` without white space at either end. */
export function trimSpace(text: string): string {
  const start = skipSpace(text, 0);
  return text.slice(start, trimSpaceEnd(text, start));
}

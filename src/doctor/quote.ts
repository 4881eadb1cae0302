import { type ByteString, decodeText } from '../bytes/index.ts';

/** A word for a shell. */
export function shellWord(word: ByteString | string): string {
  const text = decodeText(word as ByteString);
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Words as a list in a Dockerfile: `["/app", "-v"]`. */
export function execForm(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(', ')}]`;
}

/** A COPY or ADD with these flags; paths with spaces stand in a list. */
export function copyLine(flags: readonly string[], paths: readonly ByteString[]): string {
  const texts = paths.map(decodeText);
  const isPlain = texts.every((text) => /^[\w@%+=:,./-]+$/.test(text));
  return ['COPY', ...flags, ...(isPlain ? texts : [execForm(texts)])].join(' ');
}

/** A file with `text` by a here-document of the shell or of a Dockerfile; the text ends in a line feed. */
export function hereDocument(head: string, text: string, tail = ''): string {
  const lines = new Set(text.split('\n'));
  let word = 'EOF';
  while (lines.has(word)) word += 'F';
  return `${head}<<'${word}'${tail}\n${text}${text.endsWith('\n') || text === '' ? '' : '\n'}${word}`;
}

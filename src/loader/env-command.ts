import type { ByteString } from '../bytes/index.ts';

const OPTIONS_WITH_VALUE: ReadonlySet<string> = new Set(['-u', '--unset', '-C', '--chdir', '-S', '--split-string']);

/** The command that env(1) starts with these arguments; empty if it starts none. */
export function envCommand(args: readonly ByteString[]): ByteString[] {
  const rest = [...args];
  while (rest[0] !== undefined) {
    const word = rest[0];
    const split = /^(?:-[iv0]*S|--split-string=)(.*)$/s.exec(word)?.[1];
    if (split !== undefined && split !== '') {
      rest.splice(0, 1, ...splitWords(split));
      continue;
    }
    if (word === '-S' || word === '--split-string') {
      rest.splice(0, 2, ...splitWords(rest[1] ?? ''));
      continue;
    }
    if (word === '--') {
      rest.shift();
      while (rest[0]?.includes('=')) rest.shift();
      return rest;
    }
    if (OPTIONS_WITH_VALUE.has(word)) rest.splice(0, 2);
    else if (word.startsWith('-') || word.includes('=')) rest.shift();
    else return rest;
  }
  return [];
}

/** The words of `-S`: quotes hold words together; its escapes and variables are rare and stay as they are. */
function splitWords(text: string): ByteString[] {
  const words = text.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((word) => word.replace(/["']/g, '') as ByteString);
}

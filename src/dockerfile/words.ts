import type { EscapeCharacter } from './directive.ts';
import type { Word } from './source-range.ts';
import { isSpaceAt, skipSpace } from './white-space.ts';

/** Runs without what separates plain arguments: an expression is much faster here than a loop that is still cold. */
const NO_BLANKS = /[^\t\v\f\r ]+/g;

/** The part of `text` from `start` to `end` as one word; none if it is empty. */
export function wholeWord(text: string, start: number, end: number): Word[] {
  return start === end ? [] : [{ text: text.slice(start, end), start, end }];
}

/** Splits at blanks alone: quotes and escapes mean nothing here. */
export function splitBlanks(text: string, start: number, end: number): Word[] {
  const found = text.slice(start, end).matchAll(NO_BLANKS);
  return Array.from(found, (match) => wordAt(match[0], start + match.index));
}

function wordAt(text: string, start: number): Word {
  return { text, start, end: start + text.length };
}

/** Splits at white space outside quotes; quotes and escapes stay in the words, to be resolved by the expansion. */
export function splitQuoted(text: string, start: number, end: number, escaper: EscapeCharacter): Word[] {
  const words: Word[] = [];
  for (let at = skipSpace(text, start, end); at < end; at = skipSpace(text, at, end)) {
    const word = readQuotedWord(text, at, end, escaper);
    at = word.end;
    if (word.text !== '') words.push(word);
  }
  return words;
}

function readQuotedWord(text: string, start: number, end: number, escaper: EscapeCharacter): Word {
  let quote = '';
  let at = start;
  for (; at < end; at++) {
    const character = text.charAt(at);
    if (character === escaper && quote !== "'") {
      // An escape character with nothing left to escape is dropped.
      if (at + 1 === end) return { text: text.slice(start, at), start, end };
      at++;
      continue;
    }
    if (quote !== '') {
      if (character === quote) quote = '';
      continue;
    }
    if (isSpaceAt(text, at)) break;
    if (character === '"' || character === "'") quote = character;
  }
  return { text: text.slice(start, at), start, end: at };
}

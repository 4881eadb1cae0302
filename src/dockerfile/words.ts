import type { EscapeCharacter } from './directive.ts';
import type { Word } from './source-range.ts';
import { isBlankAt, isSpaceAt, skipSpace } from './white-space.ts';

/** The part of `text` from `start` to `end` as one word; none if it is empty. */
export function wholeWord(text: string, start: number, end: number): Word[] {
  return start === end ? [] : [{ text: text.slice(start, end), start, end }];
}

/** Splits at blanks alone: quotes and escapes mean nothing here. */
export function splitBlanks(text: string, start: number, end: number): Word[] {
  const words: Word[] = [];
  let at = start;
  while (at < end) {
    let stop = at;
    while (stop < end && !isBlankAt(text, stop)) stop++;
    words.push({ text: text.slice(at, stop), start: at, end: stop });
    at = stop;
    while (at < end && isBlankAt(text, at)) at++;
  }
  return words;
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

import type { EscapeCharacter } from './directive.ts';
import type { Word } from './source-range.ts';
import { isSpaceAt, skipSpace } from './white-space.ts';

/** The `--name=value` words that stand before the arguments of an instruction. */
export interface FlagWords {
  readonly flags: readonly Word[];
  /** Where the arguments begin. */
  readonly rest: number;
}

/** Reads the flags of `text` between `start` and `end`; quotes and escapes are taken out, `--` ends them. */
export function readFlagWords(text: string, start: number, end: number, escaper: EscapeCharacter): FlagWords {
  const flags: Word[] = [];
  let at = start;
  for (;;) {
    at = skipSpace(text, at, end);
    if (!text.startsWith('--', at) || at >= end) return { flags, rest: at };
    const { word, hasQuotes } = readFlagWord(text, at, end, escaper);
    at = word.end;
    if (word.text === '--') return { flags, rest: at };
    if (word.text !== '' || hasQuotes) flags.push(word);
  }
}

function readFlagWord(text: string, start: number, end: number, escaper: EscapeCharacter) {
  let value = '';
  let quote = '';
  let hasQuotes = false;
  let at = start;
  for (; at < end; at++) {
    let character = text.charAt(at);
    if (quote === '' && isSpaceAt(text, at)) break;
    if (character === quote) {
      quote = '';
      continue;
    }
    if (quote === '' && (character === '"' || character === "'")) {
      quote = character;
      hasQuotes = true;
      continue;
    }
    if (character === escaper) {
      if (at + 1 === end) continue;
      at++;
      character = text.charAt(at);
    }
    value += character;
  }
  return { word: { text: value, start, end: at }, hasQuotes };
}

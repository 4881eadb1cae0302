import type { EscapeCharacter } from './directive.ts';
import { ExpansionFault, expansionError } from './expansion-error.ts';
import { checkLength, NESTING_LIMIT } from './expansion-limit.ts';
import { type Operand, substitute } from './substitution.ts';
import { WordList } from './word-list.ts';

/** The variables that a word may name. */
export type Environment = ReadonlyMap<string, string>;

/** How a word is read; everything is off unless given. */
export interface ExpansionOptions {
  /** `\` unless a parser directive says otherwise. */
  readonly escape?: EscapeCharacter;
  /** Leaves the quotes in the result. */
  readonly rawQuotes?: boolean;
  /** Leaves the escape characters in the result. */
  readonly rawEscapes?: boolean;
  /** Takes quotes for plain characters, as the content of a here-document needs. */
  readonly skipQuotes?: boolean;
  /** Leaves references to unset variables as they are written. */
  readonly keepUnset?: boolean;
}

/**
 * `word` with its variables replaced and its quotes and escapes resolved (Dockerfile reference, Environment replacement).
 *
 * @throws PlinthError `dockerfile-expansion-invalid`, `dockerfile-variable-missing`, `dockerfile-too-complex`
 */
export function expandWord(word: string, env: Environment, options: ExpansionOptions = {}): string {
  return SPECIAL.test(word) ? expand(word, env, options, false).text : word;
}

/**
 * The words of `word`: split at white space that is neither quoted nor escaped, also in what variables stand for.
 *
 * @throws PlinthError as {@link expandWord}
 */
export function expandWords(word: string, env: Environment, options: ExpansionOptions = {}): string[] {
  return expand(word, env, options, true).words;
}

function expand(word: string, env: Environment, options: ExpansionOptions, isSplit: boolean): Expanded {
  try {
    return new Expander(word, env, options, isSplit).readAll();
  } catch (error) {
    if (error instanceof ExpansionFault) throw expansionError(word, error);
    throw error;
  }
}

interface Expanded {
  readonly text: string;
  readonly words: string[];
}

/** What makes an expansion differ from the word itself. */
const SPECIAL = /[$'"\\`\uFEFF]/;
/** Characters that mean nothing anywhere. */
const PLAIN = /[^$<'"\\`/}]+/y;
const NAME = /\p{Nd}+|[@*#?\-$!]|[\p{L}\p{Nd}_]+/uy;

/** Reads one word from left to right. */
class Expander {
  readonly #text: string;
  readonly #env: Environment;
  readonly #options: ExpansionOptions;
  readonly #escape: string;
  #rawEscapes: boolean;
  #at = 0;
  #depth = 0;
  readonly #isSplit: boolean;
  /** The word being collected: one for all levels, see {@link Expander.readUntil}. */
  readonly #pending = { text: '' };

  constructor(text: string, env: Environment, options: ExpansionOptions, isSplit: boolean) {
    this.#isSplit = isSplit;
    this.#text = text.startsWith('\uFEFF') ? text.slice(1) : text;
    this.#env = env;
    this.#options = options;
    this.#escape = options.escape ?? '\\';
    this.#rawEscapes = options.rawEscapes ?? false;
  }

  readAll(): Expanded {
    return this.readUntil('', this.#rawEscapes);
  }

  /**
   * Reads up to `stop`, or to the end if that is empty.
   *
   * BuildKit's splitter has a single buffer for the word being collected, and the operand of a substitution empties it:
   * `a${b:-c}` splits into `c`. EXPOSE is split this way, so the same is done here.
   */
  readUntil(stop: string, rawEscapes: boolean): Expanded {
    const outer = this.#rawEscapes;
    this.#rawEscapes = rawEscapes;
    const words = new WordList(this.#pending, this.#isSplit);
    let result = '';
    while (this.#at < this.#text.length) {
      const character = this.#text.charAt(this.#at);
      if (stop !== '' && character === stop) {
        this.#at++;
        this.#rawEscapes = outer;
        return { text: result, words: words.finish() };
      }
      result += this.#readPart(character, words);
      this.#checkLength(result);
    }
    this.#rawEscapes = outer;
    if (stop !== '') throw new ExpansionFault(`unexpected end of statement while looking for matching ${stop}`);
    return { text: result, words: words.finish() };
  }

  #readPart(character: string, words: WordList): string {
    if (character === '$') return words.addSplit(this.#readDollar());
    if (character === '<') return words.addWhole(this.#readLess());
    const hasQuotes = this.#options.skipQuotes !== true;
    if (hasQuotes && character === "'") return words.addWhole(this.#readSingleQuoted());
    if (hasQuotes && character === '"') return words.addWhole(this.#readDoubleQuoted());
    if (character !== this.#escape) return words.addSplit(this.#readPlain());
    this.#at++;
    const kept = this.#rawEscapes ? character : '';
    const next = this.#text.charAt(this.#at);
    this.#at++;
    if (kept + next === '') return '';
    return words.addWhole(kept + next);
  }

  #readPlain(): string {
    PLAIN.lastIndex = this.#at;
    const run = PLAIN.exec(this.#text)?.[0] ?? this.#text.charAt(this.#at);
    this.#at += run.length;
    return run;
  }

  /** White space after `<<` belongs to the word, so that `<< EOF` is seen as a here-document. */
  #readLess(): string {
    const start = this.#at++;
    if (this.#text.charAt(this.#at) !== '<') return '<';
    this.#at++;
    while (/[ \t\r\n]/.test(this.#text.charAt(this.#at))) this.#at++;
    return this.#text.slice(start, this.#at);
  }

  #readSingleQuoted(): string {
    const start = this.#at + 1;
    const end = this.#text.indexOf("'", start);
    if (end < 0) {
      this.#at = this.#text.length;
      throw new ExpansionFault('unexpected end of statement while looking for matching single-quote');
    }
    this.#at = end + 1;
    return this.#options.rawQuotes ? this.#text.slice(start - 1, end + 1) : this.#text.slice(start, end);
  }

  #readDoubleQuoted(): string {
    const quote = this.#options.rawQuotes ? '"' : '';
    let result = quote;
    this.#at++;
    while (this.#at < this.#text.length) {
      const character = this.#text.charAt(this.#at);
      if (character === '"') {
        this.#at++;
        return result + quote;
      }
      result += character === '$' ? this.#readDollar() : this.#readInDoubleQuotes(character);
      this.#checkLength(result);
    }
    throw new ExpansionFault('unexpected end of statement while looking for matching double-quote');
  }

  #readInDoubleQuotes(character: string): string {
    if (character !== this.#escape) return this.#readPlain();
    this.#at++;
    const kept = this.#rawEscapes ? character : '';
    const next = this.#text.charAt(this.#at);
    if (next === '') return kept;
    // Before anything else the escape character stands for itself, and does so twice where escapes are kept.
    if (next !== '"' && next !== '$' && next !== this.#escape) return kept + character;
    this.#at++;
    return kept + next;
  }

  #readDollar(): string {
    this.#at++;
    if (this.#text.charAt(this.#at) !== '{') {
      const name = this.#readName();
      if (name === '') return '$';
      return this.#env.get(name) ?? (this.#options.keepUnset ? `$${name}` : '');
    }
    this.#at++;
    const next = this.#text.charAt(this.#at);
    if (next === '') throw new ExpansionFault("syntax error: missing '}'");
    if (next === '{' || next === '}' || next === ':') throw new ExpansionFault('syntax error: bad substitution');
    const name = this.#readName();
    if (this.#text.charAt(this.#at) === '}') {
      this.#at++;
      return this.#env.get(name) ?? (this.#options.keepUnset ? `\${${name}}` : '');
    }
    if (++this.#depth > NESTING_LIMIT) {
      throw new ExpansionFault(`substitutions nest deeper than ${NESTING_LIMIT}`, 'dockerfile-too-complex');
    }
    const result = substitute(name, this.#env.get(name), this.#options.keepUnset ?? false, this.#operand());
    this.#depth--;
    return result;
  }

  /** The word itself is as long as it is: only what variables add counts. */
  #checkLength(result: string): void {
    checkLength(result.length - this.#text.length);
  }

  #operand(): Operand {
    return {
      take: () => this.#text.charAt(this.#at++),
      peek: () => this.#text.charAt(this.#at),
      readUntil: (stop, rawEscapes, missing) => {
        try {
          return this.readUntil(stop, rawEscapes).text;
        } catch (error) {
          if (error instanceof ExpansionFault && this.#at >= this.#text.length) {
            throw new ExpansionFault(missing, error.code);
          }
          throw error;
        }
      },
    };
  }

  #readName(): string {
    NAME.lastIndex = this.#at;
    const name = NAME.exec(this.#text)?.[0] ?? '';
    this.#at += name.length;
    return name;
  }
}

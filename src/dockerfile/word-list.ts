import { isSpaceAt } from './white-space.ts';

/** Collects the words of an expansion. */
export class WordList {
  readonly #words: string[] = [];
  readonly #pending: { text: string };
  readonly #isUsed: boolean;
  #inWord = false;

  /**
   * `pending` holds the word being collected, and is emptied; it may be shared, see `Expander.readUntil`.
   * A list that is not used costs nothing.
   */
  constructor(pending: { text: string }, isUsed: boolean) {
    this.#pending = pending;
    this.#isUsed = isUsed;
    pending.text = '';
  }

  /** Adds text that white space splits; returns it. */
  addSplit(text: string): string {
    if (!this.#isUsed) return text;
    for (let at = 0; at < text.length; at++) {
      if (!isSpaceAt(text, at)) {
        this.#pending.text += text.charAt(at);
        this.#inWord = true;
      } else if (this.#inWord && this.#pending.text !== '') {
        this.#words.push(this.#pending.text);
        this.#pending.text = '';
        this.#inWord = false;
      }
    }
    return text;
  }

  /** Adds text that stays in one word; returns it. */
  addWhole(text: string): string {
    if (!this.#isUsed) return text;
    this.#pending.text += text;
    this.#inWord = true;
    return text;
  }

  /** The words; the one being collected is the last. */
  finish(): string[] {
    if (this.#pending.text !== '') this.#words.push(this.#pending.text);
    this.#pending.text = '';
    return this.#words;
  }
}

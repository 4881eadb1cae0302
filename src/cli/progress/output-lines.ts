import { textWidth } from '../render/terminal-text.ts';

/** The most characters of one line that are kept; a program may print without ever ending a line. */
const MAX_LINE_CHARACTERS = 2000;

// CSI, OSC/DCS/APC/PM strings, and two-character escapes (ECMA-48); an unfinished one waits for its end.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are what is looked for
const SEQUENCE = /\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]+[0-~]|[0-OQ-WYZ\\`-~])/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are what is looked for
const UNFINISHED = /\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?|[ -/]*)$/;
/** A sequence that is still unfinished after this many characters is none. */
const MAX_SEQUENCE_CHARACTERS = 4096;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const OTHER_CONTROLS = /[\x00-\x07\x0b\x0c\x0e-\x1f\x7f-\x9f]/g;

/**
 * Makes plain lines of what a program prints, in pieces cut anywhere: UTF-8 is decoded, colours and cursor movements are
 * dropped, a carriage return starts the line again, a backspace takes a character away, tabs become spaces.
 */
export class OutputLines {
  readonly #decoder = new TextDecoder();
  #pending = '';
  #line = '';
  #returned = false;

  /** Takes the next piece and gives the lines that it completes. */
  push(bytes: Uint8Array): string[] {
    const text = (this.#pending + this.#decoder.decode(bytes, { stream: true })).replace(SEQUENCE, '');
    const cut = UNFINISHED.exec(text)?.index ?? text.length;
    this.#pending = text.length - cut > MAX_SEQUENCE_CHARACTERS ? '' : text.slice(cut);
    const done: string[] = [];
    for (const part of text
      .slice(0, cut)
      .replace(OTHER_CONTROLS, '')
      .split(/([\n\r\b])/)) {
      if (part === '\n') done.push(this.#take());
      else this.#add(part);
    }
    return done;
  }

  /** What stands in the line that is not complete. */
  get unfinished(): string {
    return this.#line;
  }

  /** Ends the output: the last line if it has no end, else nothing. */
  finish(): string[] {
    return this.#line === '' ? [] : [this.#take()];
  }

  #take(): string {
    const line = this.#line;
    this.#line = '';
    this.#returned = false;
    return line;
  }

  #add(part: string): void {
    if (part === '\r') this.#returned = true;
    else if (part === '\b') this.#line = this.#line.slice(0, -1);
    else if (part !== '') {
      if (this.#returned) this.#take();
      this.#line = expandTabs(this.#line + part).slice(0, MAX_LINE_CHARACTERS);
    }
  }
}

function expandTabs(line: string): string {
  if (!line.includes('\t')) return line;
  return line.split('\t').reduce((before, after) => before + ' '.repeat(8 - (textWidth(before) % 8)) + after);
}

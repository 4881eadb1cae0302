/** A terminal that understands what a redraw writes; for tests. */
export class FakeTerminal {
  rows: string[] = [''];
  #row = 0;

  write(data: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are what is read
    for (const token of data.match(/\x1b\[\d*[A-Za-z]|[\n\r]|[^\x1b\n\r]+/g) ?? []) this.#take(token);
  }

  /** What stands on it, without trailing spaces and lines. */
  get screen(): string[] {
    const shown = this.rows.map((row) => row.trimEnd());
    while (shown.at(-1) === '') shown.pop();
    return shown;
  }

  #take(token: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences are what is read
    const up = /^\x1b\[(\d+)A$/.exec(token)?.[1];
    if (up !== undefined) this.#row = Math.max(0, this.#row - Number(up));
    else if (token === '\n') this.#newLine();
    else if (token === '\x1b[J') this.rows.length = this.#row + 1;
    else if (!token.startsWith('\x1b') && token !== '\r') this.rows[this.#row] = token;
    if (token === '\x1b[J') this.rows[this.#row] = '';
  }

  #newLine(): void {
    this.#row += 1;
    this.rows[this.#row] ??= '';
  }
}

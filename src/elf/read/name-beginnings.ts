import type { ElfTable } from './elf-bytes.ts';

/** What names begin with that are looked for among many: told from the bytes, before any text is made of them. */
export class NameBeginnings {
  readonly #byFirstByte: (readonly string[] | undefined)[];

  /** None of `beginnings` is empty, and all are ASCII. */
  constructor(beginnings: readonly string[]) {
    const byFirstByte: (string[] | undefined)[] = Array.from({ length: 256 });
    for (const beginning of beginnings) {
      const first = beginning.charCodeAt(0);
      byFirstByte[first] = [...(byFirstByte[first] ?? []), beginning];
    }
    this.#byFirstByte = byFirstByte;
  }

  /** Whether one of them is at `at` of `table`. */
  begin({ bytes, start, lengthBytes }: ElfTable, at: number): boolean {
    const candidates = this.#byFirstByte[bytes[start + at] ?? 0];
    if (candidates === undefined) return false;
    for (const beginning of candidates) {
      if (at + beginning.length <= lengthBytes && isAt(bytes, start + at, beginning)) return true;
    }
    return false;
  }
}

function isAt(bytes: Uint8Array, at: number, text: string): boolean {
  for (let index = 1; index < text.length; index++) {
    if (bytes[at + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}

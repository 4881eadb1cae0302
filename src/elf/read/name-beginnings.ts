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
  begin(table: ElfTable, at: number): boolean {
    const candidates = this.#byFirstByte[table.byte(at)];
    return candidates?.some((beginning) => beginsWith(table, at, beginning)) ?? false;
  }
}

function beginsWith(table: ElfTable, at: number, beginning: string): boolean {
  if (at + beginning.length > table.lengthBytes) return false;
  for (let index = 1; index < beginning.length; index++) {
    if (table.byte(at + index) !== beginning.charCodeAt(index)) return false;
  }
  return true;
}

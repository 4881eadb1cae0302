import { tarError } from '../archive-error.ts';
import { parseDecimal } from '../decimal.ts';
import type { TarExtent } from './entry.ts';
import { BLOCK_BYTES, TAR_LIMITS } from './layout.ts';
import type { SparseMap } from './sparse-map.ts';

const NEWLINE = 0x0a;
const NUMBER_DIGITS_MAX = 20;

/** Reads the map that PAX sparse 1.0 puts before the data: count, then offsets and lengths, one decimal number a line. */
export class SparseMapText {
  readonly #map: SparseMap;
  readonly #positionBytes: number;
  #digits = '';
  #left: number | undefined;
  #offsetBytes: number | undefined;

  constructor(map: SparseMap, positionBytes: number) {
    this.#map = map;
    this.#positionBytes = positionBytes;
  }

  /** Reads one block; returns whether the map ended in it (its rest is padding). */
  readBlock(bytes: Buffer, at: number): boolean {
    let start = at;
    const end = at + BLOCK_BYTES;
    for (let i = at; i < end; i++) {
      if (bytes[i] !== NEWLINE) continue;
      this.#number(this.#digits + bytes.toString('latin1', start, i));
      this.#digits = '';
      start = i + 1;
      if (this.#left === 0) return true;
    }
    this.#digits += bytes.toString('latin1', start, end);
    if (this.#digits.length > NUMBER_DIGITS_MAX) throw this.#invalid();
    return false;
  }

  #number(text: string): void {
    const value = parseDecimal(text);
    if (!Number.isSafeInteger(value)) throw this.#invalid();
    if (this.#left === undefined) {
      if (value > TAR_LIMITS.sparseRuns) {
        throw tarError('tar-limit-exceeded', `sparse map has ${value} runs`, this.#positionBytes);
      }
      this.#left = value;
    } else if (this.#offsetBytes === undefined) {
      this.#offsetBytes = value;
    } else {
      this.#map.add(this.#offsetBytes, value);
      this.#offsetBytes = undefined;
      this.#left--;
    }
  }

  #invalid(): Error {
    return tarError('tar-header-invalid', 'sparse map is not decimal numbers on lines', this.#positionBytes);
  }
}

/** The map in the form that {@link SparseMapText} reads, padded to whole blocks. Holes at the end need an empty run. */
export function encodeSparseMap(extents: readonly TarExtent[], sizeBytes: number): Buffer {
  const last = extents.at(-1);
  const tail = last === undefined || last.offsetBytes + last.lengthBytes < sizeBytes ? `${sizeBytes}\n0\n` : '';
  const runs = extents.map(({ offsetBytes, lengthBytes }) => `${offsetBytes}\n${lengthBytes}\n`);
  const text = `${extents.length + (tail === '' ? 0 : 1)}\n${runs.join('')}${tail}`;
  const bytes = Buffer.alloc(Math.ceil(text.length / BLOCK_BYTES) * BLOCK_BYTES);
  bytes.write(text, 'latin1');
  return bytes;
}

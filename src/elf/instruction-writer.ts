import { PlinthError } from '../errors/index.ts';
import type { ElfErrorCode } from './elf-error.ts';

/** Writes the distance from a jump field at `atBytes` to its target into the code. */
export type Patch = (code: Buffer, atBytes: number, targetBytes: number) => void;

/** Machine code as it grows, with its labels and the jumps that wait for them. */
export class InstructionWriter {
  readonly #code: number[] = [];
  readonly #labels = new Map<string, number>();
  readonly #fixups: { readonly atBytes: number; readonly label: string }[] = [];

  /** Appends single bytes. */
  bytes(...bytes: readonly number[]): void {
    this.#code.push(...bytes);
  }

  /** Appends the low 32 bits of `value`, little-endian. */
  word(value: number): void {
    this.#code.push(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24);
  }

  /** Names this place. */
  label(name: string): void {
    this.#labels.set(name, this.#code.length);
  }

  /** Appends a field of four bytes that `finish` patches; `initial` holds the opcode where they share a word. */
  fixup(label: string, initial = 0): void {
    this.#fixups.push({ atBytes: this.#code.length, label });
    this.word(initial);
  }

  /**
   * The finished code, every jump patched.
   *
   * @throws PlinthError `program-label-missing`
   */
  finish(patch: Patch): Buffer {
    const code = Buffer.from(this.#code);
    for (const { atBytes, label } of this.#fixups) {
      const target = this.#labels.get(label);
      if (target === undefined) {
        throw new PlinthError<ElfErrorCode>(`encode program: label ${label} is not defined`, {
          code: 'program-label-missing',
          details: { label },
        });
      }
      patch(code, atBytes, target);
    }
    return code;
  }
}

import { PlinthError } from '../errors/index.ts';
import type { ElfErrorCode } from './elf-error.ts';

/** Writes the distance from a jump field at `atBytes` to its target into the code. */
export type Patch = (code: Buffer, atBytes: number, targetBytes: number) => void;

/** Machine code as it grows, with its labels and the jumps that wait for them. */
export class InstructionWriter {
  #code: Buffer = Buffer.allocUnsafe(4096);
  #sizeBytes = 0;
  readonly #labels = new Map<string, number>();
  readonly #fixups: { readonly atBytes: number; readonly label: string }[] = [];

  /** Appends single bytes. */
  bytes(...bytes: readonly number[]): void {
    this.#reserve(bytes.length);
    for (const byte of bytes) this.#code[this.#sizeBytes++] = byte;
  }

  /** Appends the low 32 bits of `value`, little-endian. */
  word(value: number): void {
    this.#reserve(4);
    this.#sizeBytes = this.#code.writeUInt32LE(value >>> 0, this.#sizeBytes);
  }

  /** Names this place. */
  label(name: string): void {
    this.#labels.set(name, this.#sizeBytes);
  }

  /** Appends a field of four bytes that `finish` patches; `initial` holds the opcode where they share a word. */
  fixup(label: string, initial = 0): void {
    this.#fixups.push({ atBytes: this.#sizeBytes, label });
    this.word(initial);
  }

  /**
   * The finished code, every jump patched.
   *
   * @throws PlinthError `program-label-missing`
   */
  finish(patch: Patch): Buffer {
    const code = this.#code.subarray(0, this.#sizeBytes);
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

  #reserve(sizeBytes: number): void {
    if (this.#sizeBytes + sizeBytes <= this.#code.length) return;
    const grown = Buffer.allocUnsafe(this.#code.length * 2);
    this.#code.copy(grown, 0, 0, this.#sizeBytes);
    this.#code = grown;
  }
}

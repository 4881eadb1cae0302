import { InstructionWriter } from './instruction-writer.ts';
import type { Encoder } from './machine.ts';
import type { Address, Condition, Loaded, Operand, Operation } from './program.ts';
import { syscallNumber } from './syscall-numbers.ts';

// x0–x5 take arguments, x8 the number, x0 the result. The kernel keeps the rest: x19 carries the step index, x9 and x10 are scratch.
const RESULT = 0;
const NUMBER = 8;
const SCRATCH = 9;
const SECOND_SCRATCH = 10;
const STEP = 19;
const CONDITION_CODE: Readonly<Record<Condition, number>> = { equal: 0b0000, 'not-equal': 0b0001, less: 0b1011 };

const SVC_0 = 0xd400_0001;
const MOVZ = 0xd280_0000;
const MOVN = 0x9280_0000;
const MOVK = 0xf280_0000;
const LOAD: Readonly<Record<1 | 4 | 8, number>> = { 1: 0x3940_0000, 4: 0xb940_0000, 8: 0xf940_0000 };
const STORE: Readonly<Record<4 | 8, number>> = { 4: 0xb900_0000, 8: 0xf900_0000 };
const COMPARE = 0xeb00_001f;
const BRANCH = 0x1400_0000;
const BRANCH_IF = 0x5400_0000;

/** Encoder for AArch64 (Arm Architecture Reference Manual, C6). */
export const arm64: Encoder = {
  elfMachine: 183,
  encode(operations, dataAddress) {
    const code = new Arm64Writer(dataAddress);
    for (const operation of operations) code.operation(operation);
    return code.finish(patchBranch);
  },
};

/** `b` holds 26 bits of distance in words from bit 0, `b.cond` 19 bits from bit 5. */
function patchBranch(code: Buffer, atBytes: number, targetBytes: number): void {
  const word = code.readUInt32LE(atBytes);
  const distanceWords = (targetBytes - atBytes) / 4;
  const field = word === BRANCH ? distanceWords & 0x3ff_ffff : (distanceWords & 0x7_ffff) << 5;
  code.writeUInt32LE((word | field) >>> 0, atBytes);
}

class Arm64Writer extends InstructionWriter {
  readonly #dataAddress: number;

  constructor(dataAddress: number) {
    super();
    this.#dataAddress = dataAddress;
  }

  operation(operation: Operation): void {
    switch (operation.kind) {
      case 'syscall':
        for (const [index, arg] of operation.args.entries()) this.#operand(index, arg);
        this.#constant(NUMBER, syscallNumber('arm64', operation.name));
        this.word(SVC_0);
        break;
      case 'step':
        this.#constant(STEP, operation.index);
        break;
      case 'store':
        this.#store(operation.value === 'result' ? RESULT : STEP, operation.to.offsetBytes, operation.sizeBytes);
        break;
      case 'set':
        this.#constant(SECOND_SCRATCH, operation.value);
        this.#store(SECOND_SCRATCH, operation.to.offsetBytes, 8);
        break;
      case 'label':
        this.label(operation.name);
        break;
      case 'jump':
        this.fixup(operation.label, BRANCH);
        break;
      case 'branch':
        this.#branch(operation.left, operation.when, operation.right, operation.label);
        break;
    }
  }

  #branch(left: 'result' | Loaded, when: Condition, right: number, label: string): void {
    const register = left === 'result' ? RESULT : SECOND_SCRATCH;
    if (left !== 'result') this.#operand(SECOND_SCRATCH, left);
    this.#constant(SCRATCH, right);
    this.word(COMPARE | (SCRATCH << 16) | (register << 5));
    this.fixup(label, BRANCH_IF | CONDITION_CODE[when]);
  }

  #operand(register: number, operand: Operand): void {
    if (typeof operand !== 'object' || operand.kind === 'address') {
      this.#constant(register, this.#value(operand));
      return;
    }
    this.#constant(SCRATCH, this.#dataAddress + operand.from.offsetBytes);
    this.word(LOAD[operand.sizeBytes] | (SCRATCH << 5) | register);
  }

  #value(operand: number | bigint | Address): number | bigint {
    return typeof operand === 'object' ? this.#dataAddress + operand.offsetBytes : operand;
  }

  #store(register: number, offsetBytes: number, sizeBytes: 4 | 8): void {
    this.#constant(SCRATCH, this.#dataAddress + offsetBytes);
    this.word(STORE[sizeBytes] | (SCRATCH << 5) | register);
  }

  /** One `movz`, or `movn` for negative numbers, then a `movk` for each further 16 bits that differ. */
  #constant(register: number, value: number | bigint): void {
    const negative = value < 0;
    const fill = negative ? 0xffff : 0;
    const halves = halfWords(value);
    const first = Math.max(
      halves.findIndex((half) => half !== fill),
      0,
    );
    for (const [index, half] of halves.entries()) {
      if (index < first || (index > first && half === fill)) continue;
      const opcode = index > first ? MOVK : negative ? MOVN : MOVZ;
      const immediate = opcode === MOVN ? half ^ 0xffff : half;
      this.word(opcode | (index << 21) | (immediate << 5) | register);
    }
  }
}

function halfWords(value: number | bigint): number[] {
  if (typeof value === 'number' && value >= 0 && value <= 0xffff_ffff) return [value & 0xffff, value >>> 16, 0, 0];
  const bits = BigInt.asUintN(64, BigInt(value));
  return [0n, 16n, 32n, 48n].map((shift) => Number((bits >> shift) & 0xffffn));
}

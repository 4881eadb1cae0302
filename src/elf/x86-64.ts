import { InstructionWriter } from './instruction-writer.ts';
import type { Encoder } from './machine.ts';
import type { Address, Condition, Loaded, Operand, Operation } from './program.ts';
import { syscallNumber } from './syscall-numbers.ts';

// Registers by number; the kernel keeps all but rax, rcx and r11, so rbx carries the step index through every call.
const RAX = 0;
const RCX = 1;
const RBX = 3;
/** rdi rsi rdx r10 r8 r9 (System V AMD64 ABI, A.2.1). */
const ARGUMENTS = [7, 6, 2, 10, 8, 9];
const CONDITION_OPCODE: Readonly<Record<Condition, number>> = { equal: 0x84, 'not-equal': 0x85, less: 0x8c };
const REX_W = 0x48;

/** Encoder for x86-64 (Intel SDM, volume 2). */
export const x8664: Encoder = {
  elfMachine: 62,
  encode(operations, dataAddress) {
    const code = new X8664Writer(dataAddress);
    for (const operation of operations) code.operation(operation);
    return code.finish((bytes, atBytes, targetBytes) => bytes.writeInt32LE(targetBytes - (atBytes + 4), atBytes));
  },
};

class X8664Writer extends InstructionWriter {
  readonly #dataAddress: number;

  constructor(dataAddress: number) {
    super();
    this.#dataAddress = dataAddress;
  }

  operation(operation: Operation): void {
    switch (operation.kind) {
      case 'syscall':
        for (const [index, arg] of operation.args.entries()) this.#operand(ARGUMENTS[index] ?? RAX, arg);
        this.#constant(RAX, syscallNumber('x86-64', operation.name));
        this.bytes(0x0f, 0x05);
        break;
      case 'step':
        this.#constant(RBX, operation.index);
        break;
      case 'store':
        this.#store(operation.value === 'result' ? RAX : RBX, operation.to.offsetBytes, operation.sizeBytes);
        break;
      case 'set':
        this.#constant(RCX, operation.value);
        this.#store(RCX, operation.to.offsetBytes, 8);
        break;
      case 'label':
        this.label(operation.name);
        break;
      case 'jump':
        this.bytes(0xe9);
        this.fixup(operation.label);
        break;
      case 'branch':
        this.#branch(operation.left, operation.when, operation.right, operation.label);
        break;
    }
  }

  #branch(left: 'result' | Loaded, when: Condition, right: number, label: string): void {
    const register = left === 'result' ? RAX : RCX;
    if (left !== 'result') this.#operand(RCX, left);
    this.bytes(REX_W, 0x81, 0xf8 | register); // cmp r64, imm32
    this.word(right);
    this.bytes(0x0f, CONDITION_OPCODE[when]);
    this.fixup(label);
  }

  #operand(register: number, operand: Operand): void {
    if (typeof operand !== 'object' || operand.kind === 'address') {
      this.#constant(register, this.#value(operand));
      return;
    }
    const high = register >= 8 ? 0x04 : 0; // REX.R
    if (operand.sizeBytes === 8) this.bytes(REX_W | high, 0x8b);
    else {
      if (high !== 0) this.bytes(0x40 | high);
      this.bytes(...(operand.sizeBytes === 1 ? [0x0f, 0xb6] : [0x8b]));
    }
    this.#absolute(register, operand.from.offsetBytes);
  }

  #value(operand: number | bigint | Address): number | bigint {
    return typeof operand === 'object' ? this.#dataAddress + operand.offsetBytes : operand;
  }

  #store(register: number, offsetBytes: number, sizeBytes: 4 | 8): void {
    if (sizeBytes === 8) this.bytes(REX_W);
    this.bytes(0x89);
    this.#absolute(register, offsetBytes);
  }

  /** ModRM and SIB of `[disp32]` without a base, then the address. */
  #absolute(register: number, offsetBytes: number): void {
    this.bytes(0x04 | ((register & 7) << 3), 0x25);
    this.word(this.#dataAddress + offsetBytes);
  }

  /** The shortest of `xor`, `mov r32`, sign-extended `mov` and `mov r64`. */
  #constant(register: number, value: number | bigint): void {
    const low = register & 7;
    const extended = register >= 8;
    if (value === 0) {
      if (extended) this.bytes(0x45, 0x31, 0xc0 | (low << 3) | low);
      else this.bytes(0x31, 0xc0 | (low << 3) | low);
    } else if (value > 0 && value <= 0xffff_ffff) {
      if (extended) this.bytes(0x41, 0xb8 | low);
      else this.bytes(0xb8 | low);
      this.word(Number(value));
    } else if (value < 0 && value >= -0x8000_0000) {
      this.bytes(extended ? 0x49 : REX_W, 0xc7, 0xc0 | low);
      this.word(Number(value));
    } else {
      const bits = BigInt(value);
      this.bytes(extended ? 0x49 : REX_W, 0xb8 | low);
      this.word(Number(BigInt.asUintN(32, bits)));
      this.word(Number(BigInt.asUintN(32, bits >> 32n)));
    }
  }
}

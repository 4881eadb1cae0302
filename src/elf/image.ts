import { arm64 } from './arm64.ts';
import type { Encoder, Machine } from './machine.ts';
import type { Program } from './program.ts';
import { x8664 } from './x86-64.ts';

// A static ELF64 file (System V gABI, chapters 4 and 5):
//
//   0    ELF header, 64 bytes
//   64   program headers, 3 × 56 bytes: data RW, code R-X, PT_GNU_STACK
//   232  data, mapped writable together with the headers
//   …    code, the entry point first
//
// Data comes first because its address is then known before any code is encoded. Each segment's address is
// congruent to its file offset, modulo the largest page size of the machines (64 KiB on some arm64 kernels).

const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const PROGRAM_HEADERS = 3;
const PAGE_BYTES = 0x1_0000;
const DATA_BASE = 0x40_0000;
const CODE_BASE = 0x80_0000;
const PT_LOAD = 1;
const PT_GNU_STACK = 0x6474_e551;
const READ_WRITE = 6;
const READ_EXECUTE = 5;

const ENCODERS: Readonly<Record<Machine, Encoder>> = { 'x86-64': x8664, arm64 };

/**
 * `program` as a static executable for `machine`.
 *
 * @throws PlinthError `syscall-unknown`, `program-label-missing`
 */
export function encodeProgram(program: Program, machine: Machine): Buffer {
  const encoder = ENCODERS[machine];
  const dataOffset = HEADER_BYTES + PROGRAM_HEADERS * PROGRAM_HEADER_BYTES;
  const data = program.data(DATA_BASE + dataOffset);
  const code = encoder.encode(program.operations, DATA_BASE + dataOffset);
  const codeOffset = Math.ceil((dataOffset + data.length) / 16) * 16;
  const file = Buffer.alloc(codeOffset + code.length);
  writeElfHeader(file, encoder.elfMachine, CODE_BASE + codeOffset);
  writeSegment(file, 0, { offset: 0, address: DATA_BASE, size: dataOffset + data.length, flags: READ_WRITE });
  writeSegment(file, 1, {
    offset: codeOffset,
    address: CODE_BASE + codeOffset,
    size: code.length,
    flags: READ_EXECUTE,
  });
  const stack = HEADER_BYTES + 2 * PROGRAM_HEADER_BYTES;
  file.writeUInt32LE(PT_GNU_STACK, stack);
  file.writeUInt32LE(READ_WRITE, stack + 4);
  data.copy(file, dataOffset);
  code.copy(file, codeOffset);
  return file;
}

function writeElfHeader(file: Buffer, elfMachine: number, entry: number): void {
  file.write('\x7fELF', 0, 'latin1');
  file.set([2, 1, 1], 4); // 64-bit, little-endian, version 1
  file.writeUInt16LE(2, 16); // ET_EXEC
  file.writeUInt16LE(elfMachine, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(entry), 24);
  file.writeBigUInt64LE(BigInt(HEADER_BYTES), 32); // e_phoff
  file.writeUInt16LE(HEADER_BYTES, 52);
  file.writeUInt16LE(PROGRAM_HEADER_BYTES, 54);
  file.writeUInt16LE(PROGRAM_HEADERS, 56);
}

interface Segment {
  readonly offset: number;
  readonly address: number;
  readonly size: number;
  readonly flags: number;
}

function writeSegment(file: Buffer, index: number, segment: Segment): void {
  const at = HEADER_BYTES + index * PROGRAM_HEADER_BYTES;
  file.writeUInt32LE(PT_LOAD, at);
  file.writeUInt32LE(segment.flags, at + 4);
  file.writeBigUInt64LE(BigInt(segment.offset), at + 8);
  file.writeBigUInt64LE(BigInt(segment.address), at + 16);
  file.writeBigUInt64LE(BigInt(segment.address), at + 24);
  file.writeBigUInt64LE(BigInt(segment.size), at + 32);
  file.writeBigUInt64LE(BigInt(segment.size), at + 40);
  file.writeBigUInt64LE(BigInt(PAGE_BYTES), at + 48);
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arm64 } from './arm64.ts';
import { type Address, loaded, type Operation } from './program.ts';
import { x8664 } from './x86-64.ts';

const DATA_ADDRESS = 0x40_00e8;

/** Read back with objdump of binutils 2.40 when they were written; `test/interop/elf.test.ts` does so again. */
const cases: readonly {
  readonly name: string;
  readonly operations: readonly Operation[];
  readonly x8664: string;
  readonly arm64: string;
}[] = [
  {
    name: 'a call without arguments',
    operations: [{ kind: 'syscall', name: 'getpid', args: [] }],
    x8664: 'b8270000000f05',
    arm64: '881580d2010000d4',
  },
  {
    name: 'constants of every width',
    operations: [
      { kind: 'syscall', name: 'close', args: [0, 5, -1, 0x1234_5678, -0x8000_0001, 0x1122_3344_5566_7788n] },
    ],
    x8664: '31ffbe0500000048c7c2ffffffff41ba7856341249b8ffffff7fffffffff49b98877665544332211b8030000000f05',
    arm64: '000080d2a10080d20200809203cf8ad28346a2f20400b09205f18ed2c5acaaf28568c6f24524e2f2280780d2010000d4',
  },
  {
    name: 'an address',
    operations: [{ kind: 'syscall', name: 'chdir', args: [at(8)] }],
    x8664: 'bff0004000b8500000000f05',
    arm64: '001e80d20008a0f2280680d2010000d4',
  },
  {
    name: 'loads of every width',
    operations: [
      {
        kind: 'syscall',
        name: 'dup3',
        args: [
          loaded(at(0), 1),
          loaded(at(8), 4),
          loaded(at(16)),
          loaded(at(24), 1),
          loaded(at(32), 4),
          loaded(at(40)),
        ],
      },
    ],
    x8664:
      '0fb63c25e80040008b3425f0004000488b1425f8004000440fb6142500014000448b0425080140004c8b0c2510014000b8240100000f05',
    arm64:
      '091d80d20908a0f220014039091e80d20908a0f2210140b9091f80d20908a0f2220140f9092080d20908a0f223014039092180d20908a0f2240140b9092280d20908a0f2250140f9080380d2010000d4',
  },
  { name: 'the step index', operations: [{ kind: 'step', index: 300 }], x8664: 'bb2c010000', arm64: '932580d2' },
  {
    name: 'stores',
    operations: [
      { kind: 'store', to: at(0), value: 'result', sizeBytes: 8 },
      { kind: 'store', to: at(8), value: 'step', sizeBytes: 4 },
      { kind: 'set', to: at(16), value: 7 },
    ],
    x8664: '48890425e8004000891c25f0004000b90700000048890c25f8004000',
    arm64: '091d80d20908a0f2200100f9091e80d20908a0f2330100b9ea0080d2091f80d20908a0f22a0100f9',
  },
  {
    name: 'a branch back',
    operations: [
      { kind: 'label', name: 'a' },
      { kind: 'branch', left: 'result', when: 'less', right: 0, label: 'a' },
    ],
    x8664: '4881f8000000000f8cf3ffffff',
    arm64: '090080d21f0009ebcbffff54',
  },
  {
    name: 'a branch on a loaded value',
    operations: [
      { kind: 'branch', left: loaded(at(0), 4), when: 'equal', right: 1, label: 'a' },
      { kind: 'label', name: 'a' },
    ],
    x8664: '8b0c25e80040004881f9010000000f8400000000',
    arm64: '091d80d20908a0f22a0140b9290080d25f0109eb20000054',
  },
  {
    name: 'a branch on another errno',
    operations: [
      { kind: 'branch', left: 'result', when: 'not-equal', right: -13, label: 'a' },
      { kind: 'label', name: 'a' },
    ],
    x8664: '4881f8f3ffffff0f8500000000',
    arm64: '890180921f0009eb21000054',
  },
  {
    name: 'a jump',
    operations: [
      { kind: 'jump', label: 'a' },
      { kind: 'label', name: 'a' },
    ],
    x8664: 'e900000000',
    arm64: '01000014',
  },
];

describe('encoders', () => {
  it.each(cases)('encode $name for x86-64', (row) => {
    expect(x8664.encode(row.operations, DATA_ADDRESS).toString('hex')).toBe(row.x8664);
  });

  it.each(cases)('encode $name for arm64', (row) => {
    expect(arm64.encode(row.operations, DATA_ADDRESS).toString('hex')).toBe(row.arm64);
  });

  it('carry any 64-bit constant on x86-64', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), (value) => {
        const code = x8664.encode([{ kind: 'syscall', name: 'close', args: [value] }], 0);
        expect(readX8664Constant(code)).toBe(BigInt.asUintN(64, value));
      }),
    );
  });

  it('carry any 64-bit constant on arm64', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), (value) => {
        const code = arm64.encode([{ kind: 'syscall', name: 'close', args: [value] }], 0);
        expect(readArm64Constant(code)).toBe(BigInt.asUintN(64, value));
      }),
    );
  });

  it('refuse a jump to nowhere', () => {
    expect(() => x8664.encode([{ kind: 'jump', label: 'gone' }], 0)).toThrow('label gone is not defined');
  });

  it('refuse a call that the machine does not have', () => {
    expect(() => arm64.encode([{ kind: 'syscall', name: 'fork', args: [] }], 0)).toThrow(
      'arm64 has no system call fork',
    );
  });
});

function at(offsetBytes: number): Address {
  return { kind: 'address', offsetBytes };
}

/** What the first instruction leaves in rdi (Intel SDM, XOR and MOV). */
function readX8664Constant(code: Buffer): bigint {
  if (code[0] === 0x31) return 0n;
  if (code[0] === 0xbf) return BigInt(code.readUInt32LE(1));
  if (code[1] === 0xc7) return BigInt.asUintN(64, BigInt(code.readInt32LE(3)));
  return code.readBigUInt64LE(2);
}

/** What the moves to x0 leave in it (Arm ARM, MOVZ, MOVN, MOVK). */
function readArm64Constant(code: Buffer): bigint {
  let value = 0n;
  for (let offset = 0; offset < code.length; offset += 4) {
    const word = code.readUInt32LE(offset);
    if ((word & 0x1f) !== 0) break;
    const shift = BigInt(((word >>> 21) & 3) * 16);
    const half = BigInt((word >>> 5) & 0xffff) << shift;
    const opcode = word >>> 23;
    if (opcode === 0x1a5) value = half;
    else if (opcode === 0x125) value = BigInt.asUintN(64, ~half);
    else value = (value & ~(0xffffn << shift)) | half;
  }
  return value;
}

import { describe, expect, it } from 'vitest';
import { encodeProgram } from './image.ts';
import { machineOf } from './machine.ts';
import { Program } from './program.ts';
import { syscallNumber, syscallNumbers } from './syscall-numbers.ts';

function hello(): Program {
  const program = new Program();
  program.add({ kind: 'syscall', name: 'write', args: [1, program.string('hello\n'), 6] });
  program.add({ kind: 'syscall', name: 'exit_group', args: [0] });
  return program;
}

describe('encodeProgram', () => {
  it('writes headers, data and code in that order', () => {
    const file = encodeProgram(hello(), 'x86-64');
    expect(file.subarray(0, 64).toString('hex')).toBe(
      '7f454c4602010100000000000000000002003e0001000000f0008000000000004000000000000000000000000000000000000000400038000300000000000000',
    );
    expect(file.subarray(232, 240).toString('latin1')).toBe('hello\n\0\0');
    expect(file.subarray(240).toString('hex')).toBe('bf01000000bee8004000ba06000000b8010000000f0531ffb8e70000000f05');
  });

  it.each(['x86-64', 'arm64'] as const)('keeps code unwritable and data not executable on %s', (machine) => {
    const file = encodeProgram(hello(), machine);
    const segments = [0, 1, 2].map((index) => ({
      type: file.readUInt32LE(64 + index * 56),
      flags: file.readUInt32LE(68 + index * 56),
      misalignment: Number((file.readBigUInt64LE(80 + index * 56) - file.readBigUInt64LE(72 + index * 56)) % 0x1_0000n),
    }));
    expect(segments).toEqual([
      { type: 1, flags: 6, misalignment: 0 },
      { type: 1, flags: 5, misalignment: 0 },
      { type: 0x6474e551, flags: 6, misalignment: 0 },
    ]);
  });

  it('resolves pointers in structures', () => {
    const program = new Program();
    program.table([program.string('a'), program.string('b')]);
    const data = program.data(0x1000);
    expect(data.readBigUInt64LE(16)).toBe(0x1000n);
    expect(data.readBigUInt64LE(24)).toBe(0x1008n);
    expect(data.readBigUInt64LE(32)).toBe(0n);
  });

  it('gives equal strings one place', () => {
    const program = new Program();
    expect(program.string('same')).toBe(program.string('same'));
  });
});

describe('system call numbers', () => {
  it.each([
    ['read', 0, 63],
    ['mount', 165, 40],
    ['pivot_root', 155, 41],
    ['clone', 56, 220],
    ['execve', 59, 221],
    ['wait4', 61, 260],
    ['renameat', 264, 38],
    ['prlimit64', 302, 261],
    ['seccomp', 317, 277],
    ['kexec_file_load', 320, 294],
    ['pidfd_send_signal', 424, 424],
    ['mount_setattr', 442, 442],
    ['file_setattr', 469, 469],
  ] as const)('%s', (name, x8664, arm64) => {
    expect(syscallNumber('x86-64', name)).toBe(x8664);
    expect(syscallNumber('arm64', name)).toBe(arm64);
  });

  it('gives no number twice', () => {
    for (const machine of ['x86-64', 'arm64'] as const) {
      const numbers = [...syscallNumbers(machine).values()];
      expect(new Set(numbers).size).toBe(numbers.length);
    }
  });

  it('knows the machines that Node runs on', () => {
    expect([machineOf('x64'), machineOf('arm64'), machineOf('riscv64')]).toEqual(['x86-64', 'arm64', undefined]);
  });
});

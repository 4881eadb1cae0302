import { describe, expect, it } from 'vitest';
import { MachineTable } from './machine-name.ts';
import { elfArchitecture, type MachineFacts, sameMachine } from './machine-platform.ts';

const table = new MachineTable();
const facts = (
  machine: number,
  elfClass: 32 | 64,
  byteOrder: 'little' | 'big' = 'little',
  flags = 0,
): MachineFacts => ({
  machine,
  class: elfClass,
  byteOrder,
  flags,
});

describe('MachineTable', () => {
  it.each([
    [3, '386'],
    [8, 'mips'],
    [40, 'arm'],
    [62, 'x86-64'],
    [183, 'aarch64'],
    [243, 'riscv'],
    [258, 'loongarch'],
    [0x9026, 'alpha'],
  ])('knows %i as %s and back', (machine, name) => {
    expect(table.name(machine)).toBe(name);
    expect(table.number(name)).toBe(machine);
  });

  it('has every number under one name', () => {
    const names = Array.from({ length: 0x10000 }, (_, machine) => table.name(machine)).filter(
      (name) => !name.startsWith('machine '),
    );
    expect(names.length).toBeGreaterThan(200);
    expect(names.filter((name) => table.name(table.number(name) ?? -1) !== name)).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each([
    ['x86_64', 62],
    ['amd64', 62],
    ['ppc64le', 21],
    ['s390x', 22],
    ['AArch64', 183],
    ['nowhere', undefined],
  ])('takes %s for %s', (name, machine) => expect(table.number(name)).toBe(machine));

  it('shows a number that it does not know', () => expect(table.name(4711)).toBe('machine 0x1267'));

  it('takes machines of its user', () => {
    const own = new MachineTable([['Dragon', 0xd7a9]]);
    expect(own.name(0xd7a9)).toBe('dragon');
    expect(own.number('dragon')).toBe(0xd7a9);
    expect(own.architecture(facts(0xd7a9, 64))).toEqual({ architecture: 'dragon' });
    expect(own.expected('dragon')).toEqual({ machine: 0xd7a9 });
  });
});

describe('architectures', () => {
  it.each([
    ['amd64', facts(62, 64)],
    ['amd64p32', facts(62, 32)],
    ['386', facts(3, 32)],
    ['arm64', facts(183, 64)],
    ['mips', facts(8, 32, 'big')],
    ['mips64le', facts(8, 64)],
    ['mips64p32le', facts(8, 32, 'little', 0x20)],
    ['ppc64', facts(21, 64, 'big')],
    ['ppc64le', facts(21, 64)],
    ['s390x', facts(22, 64, 'big')],
    ['sparc64', facts(43, 64, 'big')],
    ['riscv64', facts(243, 64)],
    ['loong64', facts(258, 64)],
    ['sw64', facts(0x9916, 64)],
  ] as const)('of platforms: %s', (architecture, elf) => {
    expect(table.architecture(elf)).toEqual({ architecture });
    const { flags: _, ...expected } = elf;
    expect(table.expected(architecture)).toEqual(expected);
  });

  it('tells the variants of arm by the float ABI', () => {
    expect(elfArchitecture(facts(40, 32, 'little', 0x5000400))).toEqual({ architecture: 'arm', variant: 'v7' });
    expect(elfArchitecture(facts(40, 32, 'little', 0x5000200))).toEqual({ architecture: 'arm', variant: 'v6' });
  });

  it('names what platforms have no word for by its machine', () => {
    expect(table.architecture(facts(75, 32))).toEqual({ architecture: 'vax' });
  });

  it.each([
    ['the same', facts(62, 64), facts(62, 64), true],
    ['another class', facts(62, 32), facts(62, 64), false],
    ['another machine', facts(3, 32), facts(62, 64), false],
    ['another byte order', facts(8, 32, 'big'), facts(8, 32), false],
    ['another float ABI', facts(40, 32, 'little', 0x5000200), facts(40, 32, 'little', 0x5000400), false],
    ['a float ABI that is not told', facts(40, 32, 'little', 0x5000000), facts(40, 32, 'little', 0x5000400), true],
    ['n32 in o32', facts(8, 32, 'big', 0x20), facts(8, 32, 'big'), false],
    ['v8plus in v8', facts(18, 32, 'big'), facts(2, 32, 'big'), true],
  ])('%s', (_, library, program, same) => expect(sameMachine(library, program)).toBe(same));
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ElfObjectOptions, elfObject } from '../../../test/support/elf-object.ts';
import { isPlinthError } from '../../errors/index.ts';
import { memoryContent } from '../../tree/index.ts';
import { FLAGS_1, isProgram, isStatic } from './elf-file.ts';
import { NameBeginnings } from './name-beginnings.ts';
import { readElf } from './read-elf.ts';

const FULL: ElfObjectOptions = {
  interpreter: '/lib/ld.so.1',
  needed: ['libc.so.6', 'libm.so.6'],
  soname: 'libx.so.1',
  rpath: '/opt/lib',
  runpath: '$ORIGIN/../lib:/opt/other',
  flags1: FLAGS_1.nodeflib,
  auxiliary: ['libfast.so'],
  versionsNeeded: { 'libc.so.6': ['GLIBC_2.0', 'GLIBC_2.34'], 'libm.so.6': ['GLIBC_2.29'] },
  weak: ['GLIBC_2.29'],
  versionsDefined: ['X_1', 'X_2'],
  symbols: ['printf', 'pthread_cancel'],
  notes: [
    { name: 'GNU', type: 3, text: Buffer.from('c0ffee', 'hex') },
    {
      name: 'FDO',
      type: 0x407c0c0a,
      text: Buffer.from('[{"soname":["libz.so.1"],"feature":"zlib","description":"smaller","priority":"suggested"}]\0'),
    },
  ],
};

const SHAPES = [
  ['64 bits, little', { wide: true, little: true }],
  ['64 bits, big', { wide: true, little: false, machine: 22 }],
  ['32 bits, little', { wide: false, little: true, machine: 40 }],
  ['32 bits, big', { wide: false, little: false, machine: 8 }],
] as const;

const read = (bytes: Buffer) => readElf(memoryContent(bytes));

describe('readElf', () => {
  it.each(SHAPES)('reads everything in %s', (_, shape) => {
    const elf = read(elfObject({ ...FULL, ...shape }));
    expect(elf).toMatchObject({
      class: shape.wide ? 64 : 32,
      byteOrder: shape.little ? 'little' : 'big',
      type: 'shared',
      interpreter: '/lib/ld.so.1',
      needed: ['libc.so.6', 'libm.so.6'],
      auxiliaries: ['libfast.so'],
      soname: 'libx.so.1',
      rpath: '/opt/lib',
      runpath: '$ORIGIN/../lib:/opt/other',
      flags1: FLAGS_1.nodeflib,
      versionsNeeded: [
        {
          file: 'libc.so.6',
          versions: [
            { name: 'GLIBC_2.0', weak: false },
            { name: 'GLIBC_2.34', weak: false },
          ],
        },
        { file: 'libm.so.6', versions: [{ name: 'GLIBC_2.29', weak: true }] },
      ],
      versionsDefined: ['X_1', 'X_2'],
      buildId: 'c0ffee',
      dlopenNotes: [{ sonames: ['libz.so.1'], feature: 'zlib', description: 'smaller', priority: 'suggested' }],
    });
    expect(elf.symbolsNeeded()).toEqual(['printf', 'pthread_cancel']);
    expect(elf.symbolsNeeded(new NameBeginnings(['pthread_', 'printf_']))).toEqual(['pthread_cancel']);
  });

  it('reads the oldest kernel that a program is for', () => {
    const text = Buffer.from('00000000030000000200000000000000', 'hex');
    expect(read(elfObject({ notes: [{ name: 'GNU', type: 1, text }] })).abiNote).toEqual({
      os: 'linux',
      major: 3,
      minor: 2,
      patch: 0,
    });
  });

  it.each([
    ['static', elfObject({ type: 2 }), true, true],
    ['static-pie', elfObject({ flags1: FLAGS_1.pie }), true, true],
    ['dynamic', elfObject({ interpreter: '/lib/ld.so', needed: ['libc.so.6'] }), true, false],
    ['a library', elfObject({ needed: ['libc.so.6'] }), false, false],
    ['an object file', elfObject({ type: 1 }), false, false],
  ])('tells what is %s', (_, bytes, program, alone) => {
    const elf = read(bytes);
    expect([isProgram(elf), isStatic(elf)]).toEqual([program, alone]);
  });

  it.each([
    ['nothing', Buffer.alloc(0), 'header'],
    ['a script', Buffer.from('#!/bin/sh\n'), 'header'],
    ['a class that does not exist', patched(elfObject(), [[4, 3]]), 'header'],
    ['a byte order that does not exist', patched(elfObject(), [[5, 0]]), 'header'],
    ['a header that is cut off', elfObject().subarray(0, 40), 'header'],
    ['program headers past the end', elfObject().subarray(0, 100), 'program headers'],
    ['program headers of a wrong size', patched(elfObject(), [[54, 57]]), 'program headers'],
    [
      'too many program headers',
      patched(elfObject(), [
        [56, 0xfe],
        [57, 0xff],
      ]),
      'program headers',
    ],
    [
      'a count of program headers elsewhere, nowhere',
      patched(elfObject(), [
        [56, 0xff],
        [57, 0xff],
        [47, 1],
      ]),
      'section header 0',
    ],
  ])('refuses %s', (_, bytes, place) => {
    expect(() => read(bytes)).toThrow(expect.objectContaining({ code: 'elf-invalid', details: { place } }));
  });

  it('refuses endless tables', () => {
    const entries = Buffer.alloc(5000 * 16, 1);
    const bytes = elfObject({ needed: ['x'], tail: entries });
    // The second program header is that of the dynamic section: its offset and its size.
    bytes.writeBigUInt64LE(BigInt(bytes.length - entries.length), 64 + 56 + 8);
    bytes.writeBigUInt64LE(BigInt(entries.length), 64 + 56 + 32);
    expect(() => read(bytes)).toThrow('it has more than 4096 entries');
  });

  it('reads only what it needs of a long file', () => {
    const bytes = elfObject(FULL);
    let readBytes = 0;
    const sizeBytes = 2 ** 40;
    const elf = readElf({
      sizeBytes,
      read(into, position) {
        readBytes += into.length;
        into.fill(0);
        into.set(bytes.subarray(position, position + into.length));
        return into.length;
      },
    });
    expect(elf.soname).toBe('libx.so.1');
    expect(readBytes).toBeLessThan(1_000_000);
  });

  describe('of damaged files', () => {
    const files = fc.constantFrom(...SHAPES.map(([, shape]) => elfObject({ ...FULL, ...shape })));
    const edits = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff))), {
      minLength: 1,
      maxLength: 12,
    });

    it('gives facts or the typed error', () => {
      fc.assert(
        fc.property(files, edits, fc.option(fc.nat(3000)), (file, changes, end) => {
          const bytes = patched(
            file,
            changes.map(([at, value]) => [at % file.length, value]),
          ).subarray(0, end ?? undefined);
          expectFactsOrError(bytes);
        }),
        { numRuns: 3000 },
      );
    });

    it('gives facts or the typed error for any bytes behind the magic number', () => {
      fc.assert(
        fc.property(
          fc.uint8Array({ minLength: 60, maxLength: 300 }),
          fc.constantFrom(1, 2),
          fc.constantFrom(1, 2),
          (tail, elfClass, order) => {
            expectFactsOrError(Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46, elfClass, order, 1]), tail]));
          },
        ),
        { numRuns: 1000 },
      );
    });
  });
});

function patched(bytes: Buffer, changes: readonly (readonly [at: number, value: number])[]): Buffer {
  const copy = Buffer.from(bytes);
  for (const [at, value] of changes) copy[at] = value;
  return copy;
}

function expectFactsOrError(bytes: Buffer): void {
  try {
    read(bytes).symbolsNeeded();
  } catch (error) {
    if (!isPlinthError(error) || error.code !== 'elf-invalid') throw error;
  }
}

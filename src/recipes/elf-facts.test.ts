import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elfProgram } from '../../test/support/elf-program.ts';
import { readElfFacts } from './elf-facts.ts';

describe('readElfFacts', () => {
  it.each([
    ['a static program', elfProgram({}), { architecture: 'amd64', interpreter: undefined, neededLibraries: 0 }],
    [
      'a static-pie program',
      elfProgram({ type: 3, needed: 0 }),
      { architecture: 'amd64', interpreter: undefined, neededLibraries: 0 },
    ],
    [
      'a dynamic program',
      elfProgram({ type: 3, interpreter: '/lib64/ld-linux-x86-64.so.2', needed: 2 }),
      { architecture: 'amd64', interpreter: '/lib64/ld-linux-x86-64.so.2', neededLibraries: 2 },
    ],
    ['arm64', elfProgram({ machine: 183 }), { architecture: 'arm64' }],
    ['sw64', elfProgram({ machine: 0x9916 }), { architecture: 'sw64' }],
    ['s390x', elfProgram({ machine: 22, little: false }), { architecture: 's390x' }],
    [
      '386',
      elfProgram({ machine: 3, wide: false, interpreter: '/lib/ld.so' }),
      { architecture: '386', interpreter: '/lib/ld.so' },
    ],
    ['an unknown machine', elfProgram({ machine: 4711 }), { architecture: 'machine 4711 le 64' }],
  ])('reads %s', (_, bytes, expected) => expect(readElfFacts(bytes)).toMatchObject(expected));

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a script', Buffer.from(`#!/bin/sh\n${'x'.repeat(100)}`)],
    ['an object file', elfProgram({ type: 1 })],
    ['a program that is cut off', elfProgram({ interpreter: '/lib/ld.so' }).subarray(0, 70)],
  ])('refuses %s', (_, bytes) => expect(readElfFacts(bytes)).toBeUndefined());

  it('gives facts or nothing for any bytes behind the magic number', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 60, maxLength: 300 }), (tail) => {
        readElfFacts(Buffer.concat([Buffer.from('\x7fELF'), tail]));
      }),
    );
  });
});

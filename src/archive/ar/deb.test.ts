import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPlinthError } from '../../errors/index.ts';
import { archiveErrors } from '../archive-error.ts';
import { memorySource } from '../testing/handmade-tar.ts';
import { scanAr } from './ar.ts';
import { readDeb } from './deb.ts';

function arMember(name: string, data: string, size = `${data.length}`): string {
  const fields = [
    name.padEnd(16),
    '0'.padEnd(12),
    '0'.padEnd(6),
    '0'.padEnd(6),
    '100644'.padEnd(8),
    size.padEnd(10),
    '`\n',
  ];
  return fields.join('') + data + (data.length % 2 === 1 ? '\n' : '');
}

function ar(...members: readonly string[]): Buffer {
  return Buffer.from(`!<arch>\n${members.join('')}`, 'latin1');
}

function names(bytes: Buffer): string[] {
  return [...scanAr(memorySource(bytes))].map((member) => member.name);
}

const VERSION = arMember('debian-binary', '2.0\n');

describe('scanAr', () => {
  it('finds members and where they lie', () => {
    const bytes = ar(arMember('odd', 'abc'), arMember('slash/', 'defg'));
    const members = [...scanAr(memorySource(bytes))];
    expect(members).toEqual([
      { name: 'odd', offsetBytes: 68, sizeBytes: 3 },
      { name: 'slash', offsetBytes: 132, sizeBytes: 4 },
    ]);
    expect(bytes.toString('latin1', 132, 136)).toBe('defg');
  });

  it('reads long names of GNU and BSD, and passes over symbol tables', () => {
    const table = 'a-long-name-of-gnu.o/\nanother-long-name.o/\n';
    const bytes = ar(
      arMember('/', 'symbols'),
      arMember('//', table),
      arMember('/22', 'x'),
      arMember('/0', 'y'),
      arMember('#1/20', 'a-long-name-of-bsd\0\0data'),
    );
    expect(names(bytes)).toEqual(['another-long-name.o', 'a-long-name-of-gnu.o', 'a-long-name-of-bsd']);
    expect([...scanAr(memorySource(bytes))].at(-1)?.sizeBytes).toBe(4);
  });

  it.each<[string, Buffer]>([
    ['no magic', Buffer.from('hello, world, this is text')],
    ['nothing', Buffer.alloc(0)],
    ['an end in a header', ar(arMember('a', 'x').slice(0, 30))],
    ['an end in a member', ar(arMember('a', 'x', '100'))],
    ['a header without its mark', ar(arMember('a', '').replace('`', 'x'))],
    ['a size that is no number', ar(arMember('a', '', '-1'))],
    ['a size without end', ar(arMember('a', '', '9999999999'))],
    ['a long name out of the table', ar(arMember('//', 'a/\n'), arMember('/99', ''))],
    ['a BSD name longer than its member', ar(arMember('#1/20', 'short'))],
  ])('refuses %s', (_, bytes) => {
    expect(() => names(bytes)).toThrow(expect.objectContaining({ code: 'ar-corrupt' }));
  });
});

describe('readDeb', () => {
  it.each([
    ['', 'none'],
    ['.gz', 'gzip'],
    ['.xz', 'xz'],
    ['.zst', 'zstd'],
    ['.bz2', 'bzip2'],
  ])('finds both parts: %s', (suffix, compression) => {
    const bytes = ar(
      VERSION,
      arMember(`control.tar${suffix}`, 'ctl'),
      arMember('_gpg', 'x'),
      arMember(`data.tar${suffix}/`, 'data'),
    );
    const deb = readDeb(memorySource(bytes));
    expect(deb.control).toEqual({ offsetBytes: 132, sizeBytes: 3, compression });
    expect(deb.data).toMatchObject({ sizeBytes: 4, compression });
    expect(bytes.toString('latin1', deb.data.offsetBytes, deb.data.offsetBytes + 4)).toBe('data');
  });

  it.each<[string, string[]]>([
    ['no members', []],
    ['another first member', [arMember('control.tar', '')]],
    ['format 3.0', [arMember('debian-binary', '3.0\n'), arMember('control.tar', ''), arMember('data.tar', '')]],
    ['no data', [VERSION, arMember('control.tar', '')]],
    ['data before control', [VERSION, arMember('data.tar', ''), arMember('control.tar', '')]],
    ['lzma', [VERSION, arMember('control.tar', ''), arMember('data.tar.lzma', '')]],
  ])('refuses %s', (_, members) => {
    expect(() => readDeb(memorySource(ar(...members)))).toThrow(expect.objectContaining({ code: 'deb-invalid' }));
  });

  it('of any bytes gives parts or our error', () => {
    const whole = ar(
      VERSION,
      arMember('control.tar.xz', 'ctl'),
      arMember('//', 'x/\n'),
      arMember('data.tar.xz', 'data'),
    );
    const damage = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 5 });
    fc.assert(
      fc.property(damage, fc.nat(whole.length), (changes, end) => {
        const bytes = Buffer.from(whole.subarray(0, end));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        try {
          readDeb(memorySource(bytes));
        } catch (error) {
          expect(isPlinthError(error) && Object.hasOwn(archiveErrors, error.code)).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ByteString, decodeText } from '../../bytes/index.ts';
import { isPlinthError } from '../../errors/index.ts';
import { archiveErrors } from '../archive-error.ts';
import { blocks, headerBlock, member, memorySource, pax } from '../testing/handmade-tar.ts';
import type { SkippedTarEntry } from './decoder.ts';
import type { TarEntry } from './entry.ts';
import { TAR_END } from './layout.ts';
import { scanTar } from './scan.ts';
import { TarScanner } from './scanner.ts';

const OLD_GNU = { magic: 'ustar  \0' };

function scan(...parts: Uint8Array[]): TarEntry[] {
  return [...scanTar(memorySource(Buffer.concat([...parts, TAR_END])))];
}

function only(...parts: Uint8Array[]): TarEntry {
  const entries = scan(...parts);
  expect(entries).toHaveLength(1);
  return entries[0] as TarEntry;
}

function base256(value: bigint, bytes: number): string {
  const raw = Buffer.alloc(16);
  raw.writeBigInt64BE(value < 0n ? -1n : 0n, 0);
  raw.writeBigInt64BE(value, 8);
  const text = raw.subarray(16 - bytes);
  text[0] = (text[0] as number) | 0x80;
  return text.toString('latin1');
}

/** The map of an old GNU sparse header, from offset 345 on. */
function gnuSparse(runs: readonly [number, number][], realSize: number, extended = false): string {
  const octal = (value: number): string => `${value.toString(8).padStart(11, '0')}\0`;
  const map = runs.map(([offset, length]) => octal(offset) + octal(length)).join('');
  return `${'\0'.repeat(41)}${map.padEnd(96, '\0')}${extended ? '\x01' : '\0'}${octal(realSize)}`;
}

describe('scanTar reads', () => {
  it.each<[string, Uint8Array[], Partial<TarEntry>]>([
    [
      'v7 without a magic',
      [member({ magic: '', type: '\0', name: 'a/b' }, 'hello')],
      { path: 'a/b' as ByteString, sizeBytes: 5 },
    ],
    [
      'v7 directory by its slash',
      [member({ magic: '', type: '\0', name: 'd/' })],
      { kind: 'directory', path: 'd/' as ByteString },
    ],
    ['contiguous file', [member({ type: '7' }, 'x')], { kind: 'file', sizeBytes: 1 }],
    ['ustar prefix', [member({ name: 'n', rest: 'p/q' })], { path: 'p/q/n' as ByteString }],
    [
      'star prefix of 131 bytes',
      [member({ name: 'n', rest: ['p'.repeat(131), '00000000000 '.padEnd(32, '\0'), 'tar\0'].join('') })],
      { path: `${'p'.repeat(131)}/n` as ByteString },
    ],
    [
      'old GNU: no prefix',
      [member({ ...OLD_GNU, name: 'n', rest: '14371240537 14371240537 ' })],
      { path: 'n' as ByteString },
    ],
    ['name of 100 bytes', [member({ name: 'n'.repeat(100) })], { path: 'n'.repeat(100) as ByteString }],
    ['name that is not UTF-8', [member({ name: '\xff\xfe\x80' })], { path: '\xff\xfe\x80' as ByteString }],
    ['symbolic link', [member({ type: '2', link: 'x' })], { kind: 'symlink', linkTarget: 'x' as ByteString }],
    [
      'hard link with a size and no data',
      [member({ type: '1', link: 'x', size: 77 })],
      { kind: 'hardlink', storedBytes: 0, sizeBytes: 0 },
    ],
    ['device', [member({ type: '4', major: '0000010\0', minor: '0000021\0' })], { kind: 'block', major: 8, minor: 17 }],
    ['device numbers of others left out', [member({ major: 'garbage!' })], { major: 0 }],
    ['fifo', [member({ type: '6' })], { kind: 'fifo' }],
    [
      'dump directory with data',
      [member({ type: 'D', name: 'd/' }, 'Yfile\0\0')],
      { kind: 'directory', sizeBytes: 0, storedBytes: 0 },
    ],
    [
      'long name',
      [member({ ...OLD_GNU, type: 'L' }, `${'\xe9'.repeat(300)}\0`), member({ ...OLD_GNU })],
      { path: '\xe9'.repeat(300) as ByteString },
    ],
    [
      'long link',
      [member({ ...OLD_GNU, type: 'K' }, `${'l'.repeat(300)}\0`), member({ type: '2' })],
      { linkTarget: 'l'.repeat(300) as ByteString },
    ],
    [
      'blanks before and after octal digits',
      [member({ mode: '   755 \0', uid: '  1750 \0' })],
      { mode: 0o755, uid: 1000 },
    ],
    ['empty number fields', [member({ mode: '\0', uid: ' ', mtime: '\0' })], { mode: 0, uid: 0, mtimeNs: 0n }],
    [
      'base-256 size, id and time',
      [member({ uid: base256(4_000_000_000n, 8), mtime: base256(9_000_000_000n, 12) })],
      { uid: 4_000_000_000, mtimeNs: 9_000_000_000_000_000_000n },
    ],
    ['base-256 negative time', [member({ mtime: base256(-5n, 12) })], { mtimeNs: -5_000_000_000n }],
    ['base-256 negative id', [member({ uid: base256(-2n, 8) })], { uid: 4_294_967_294 }],
    [
      'signed checksum',
      [headerBlock({ name: '\xff\xff', checksum: signedChecksum() })],
      { path: '\xff\xff' as ByteString },
    ],
    [
      'PAX path, link, ids',
      [
        pax([
          ['path', 'p'],
          ['linkpath', 'l'],
          ['uid', '4000000000'],
          ['gid', '7'],
        ]),
        member({ type: '2' }),
      ],
      { path: 'p' as ByteString, linkTarget: 'l' as ByteString, uid: 4_000_000_000, gid: 7 },
    ],
    [
      'PAX time with a fraction',
      [pax([['mtime', '1700000000.1234567891']]), member({})],
      { mtimeNs: 1_700_000_000_123_456_789n },
    ],
    ['PAX negative time', [pax([['mtime', '-1.5']]), member({})], { mtimeNs: -1_500_000_000n }],
    ['PAX size over the header', [pax([['size', '5']]), headerBlock({ size: 0 }), blocks('hello')], { sizeBytes: 5 }],
    ['PAX value with = and newline', [pax([['path', 'a=b\nc']]), member({})], { path: 'a=b\nc' as ByteString }],
    [
      'PAX binary names',
      [
        pax([
          ['hdrcharset', 'BINARY'],
          ['path', '\xff'],
        ]),
        member({}),
      ],
      { path: '\xff' as ByteString },
    ],
    [
      'PAX unknown records',
      [
        pax([
          ['comment', 'x'],
          ['VENDOR.thing', 'y'],
        ]),
        member({}),
      ],
      { path: 'f' as ByteString },
    ],
    [
      'PAX empty value takes back',
      [pax([['path', 'x']]), pax([['path', '']]), member({})],
      { path: 'f' as ByteString },
    ],
    [
      'PAX devices',
      [
        pax([
          ['SCHILY.devmajor', '300'],
          ['SCHILY.devminor', '70000'],
        ]),
        member({ type: '3' }),
      ],
      { major: 300, minor: 70_000 },
    ],
    ['Solaris extended header', [pax([['path', 'x']], 'X'), member({})], { path: 'x' as ByteString }],
    [
      'global header',
      [
        pax(
          [
            ['uid', '5'],
            ['path', 'g'],
          ],
          'g',
        ),
        member({}),
      ],
      { uid: 5, path: 'g' as ByteString },
    ],
    [
      'local over global header',
      [
        pax(
          [
            ['uid', '5'],
            ['gid', '6'],
          ],
          'g',
        ),
        pax([
          ['uid', '7'],
          ['gid', ''],
        ]),
        member({}),
      ],
      { uid: 7, gid: 0 },
    ],
    [
      'later global header',
      [
        pax(
          [
            ['uid', '5'],
            ['gid', '6'],
          ],
          'g',
        ),
        pax([['uid', '8']], 'g'),
        member({}),
      ],
      { uid: 8, gid: 6 },
    ],
  ])('%s', (_, parts, want) => {
    expect(only(...parts)).toMatchObject(want);
  });

  function signedChecksum(): string {
    let sum = 0;
    for (const [i, byte] of headerBlock({ name: '\xff\xff' }).entries()) {
      sum += i >= 148 && i < 156 ? 0x20 : byte > 127 ? byte - 256 : byte;
    }
    return `${sum.toString(8).padStart(6, '0')}\0 `;
  }

  it('xattrs of SCHILY, which win, and of libarchive', () => {
    const { xattrs } = only(
      pax([
        ['LIBARCHIVE.xattr.user.a%20b', 'AAEC'],
        ['LIBARCHIVE.xattr.user.c', 'eA'],
        ['SCHILY.xattr.user.c', 'raw\n=\0\xff'],
        ['SCHILY.xattr.user.%3D%25', ''],
      ]),
      member({}),
    );
    expect([...xattrs].map(([name, value]) => [name, Buffer.from(value).toString('latin1')])).toEqual([
      ['user.a b', '\0\x01\x02'],
      ['user.c', 'raw\n=\0\xff'],
      ['user.=%', ''],
    ]);
  });

  it('each extended header only for the next entry', () => {
    const entries = scan(
      pax([
        ['path', 'x'],
        ['SCHILY.xattr.user.a', 'v'],
      ]),
      member({}, 'data'),
      member({ name: 'y' }),
    );
    expect(entries.map((entry) => [entry.path, entry.xattrs.size])).toEqual([
      ['x', 1],
      ['y', 0],
    ]);
  });

  it('data offsets past extended headers', () => {
    const [first, second] = scan(pax([['path', 'x']]), member({}, 'hello'), member({ name: 'y' }, 'z'));
    expect([first?.dataOffsetBytes, second?.dataOffsetBytes]).toEqual([1536, 2560]);
  });

  it.each<[string, Uint8Array[]]>([
    [
      'old GNU',
      [
        headerBlock({
          ...OLD_GNU,
          type: 'S',
          size: 1024,
          rest: gnuSparse(
            [
              [512, 512],
              [2048, 512],
            ],
            4096,
          ),
        }),
        Buffer.alloc(1024, 'x'),
      ],
    ],
    [
      'PAX 0.0',
      [
        pax([
          ['GNU.sparse.size', '4096'],
          ['GNU.sparse.numblocks', '2'],
          ['GNU.sparse.offset', '512'],
          ['GNU.sparse.numbytes', '512'],
          ['GNU.sparse.offset', '2048'],
          ['GNU.sparse.numbytes', '512'],
        ]),
        member({}, Buffer.alloc(1024, 'x')),
      ],
    ],
    [
      'PAX 0.1',
      [
        pax([
          ['GNU.sparse.name', 'f'],
          ['GNU.sparse.size', '4096'],
          ['GNU.sparse.map', '512,512,2048,512'],
        ]),
        member({ name: 'g' }, Buffer.alloc(1024, 'x')),
      ],
    ],
    [
      'PAX 1.0',
      [
        pax([
          ['GNU.sparse.major', '1'],
          ['GNU.sparse.minor', '0'],
          ['GNU.sparse.name', 'f'],
          ['GNU.sparse.realsize', '4096'],
        ]),
        member({ name: 'g' }, Buffer.concat([blocks('3\n512\n512\n2048\n512\n4096\n0\n'), Buffer.alloc(1024, 'x')])),
      ],
    ],
  ])('sparse files: %s', (_, parts) => {
    const bytes = Buffer.concat([...parts, member({ name: 'after' }), TAR_END]);
    const [file, after] = [...scanTar(memorySource(bytes))];
    expect(file).toMatchObject({
      path: 'f',
      kind: 'file',
      sizeBytes: 4096,
      storedBytes: 1024,
      extents: [
        { offsetBytes: 512, lengthBytes: 512 },
        { offsetBytes: 2048, lengthBytes: 512 },
      ],
    });
    expect(bytes[file?.dataOffsetBytes ?? 0]).toBe(0x78);
    expect(after?.path).toBe('after');
  });

  it('old GNU sparse files with extension blocks', () => {
    const octal = (value: number): string => `${value.toString(8).padStart(11, '0')}\0`;
    const run = (i: number): [number, number] => [i * 1024, 512];
    const extension = Buffer.alloc(512);
    extension.write(
      Array.from({ length: 21 }, (_, i) =>
        run(i + 4)
          .map(octal)
          .join(''),
      ).join(''),
      'latin1',
    );
    const last = Buffer.alloc(512);
    last.write(run(25).map(octal).join(''), 'latin1');
    extension[504] = 1;
    const rest = gnuSparse([run(0), run(1), run(2), run(3)], 26 * 1024, true);
    const file = only(
      headerBlock({ ...OLD_GNU, type: 'S', size: 26 * 512, rest }),
      extension,
      last,
      Buffer.alloc(26 * 512),
    );
    expect(file.extents).toHaveLength(26);
    expect(file.extents?.at(-1)).toEqual({ offsetBytes: 25 * 1024, lengthBytes: 512 });
    expect(file.dataOffsetBytes).toBe(1536);
  });

  it('past entries that are no file system objects, and tells of them', () => {
    const skipped: SkippedTarEntry[] = [];
    const bytes = Buffer.concat([member({ type: 'V', name: 'label' }, 'x'), member({ name: 'f' }), TAR_END]);
    const entries = [...scanTar(memorySource(bytes), { onSkipped: (entry) => skipped.push(entry) })];
    expect(entries.map((entry) => entry.path)).toEqual(['f']);
    expect(skipped).toEqual([{ type: 'V', path: 'label', offsetBytes: 0 }]);
  });

  it.each<[string, Uint8Array]>([
    ['nothing at all', Buffer.alloc(0)],
    ['end blocks only', Buffer.from(TAR_END)],
    ['half a block of zeros', Buffer.alloc(100)],
  ])('an empty archive: %s', (_, bytes) => {
    expect([...scanTar(memorySource(bytes))]).toEqual([]);
  });

  it.each<[string, Uint8Array[]]>([
    ['no end blocks', [member({}, 'data')]],
    ['no padding at the end', [member({}, 'data').subarray(0, 516)]],
    ['one end block', [member({}), Buffer.alloc(512)]],
    ['bytes after the end', [member({}), Buffer.from(TAR_END), Buffer.from('garbage')]],
    ['an entry after a block of zeros', [member({}), Buffer.alloc(512), member({ name: 'late' })]],
  ])('an archive that ends oddly: %s', (_, parts) => {
    const bytes = Buffer.concat(parts);
    expect([...scanTar(memorySource(bytes))].map((entry) => entry.path)).toEqual(['f']);
    const streamed: TarEntry[] = [];
    const scanner = new TarScanner((entry) => streamed.push(entry));
    scanner.push(bytes);
    scanner.finish();
    expect(streamed.map((entry) => entry.path)).toEqual(['f']);
  });
});

describe('scanTar refuses', () => {
  it.each<[string, string, Uint8Array[]]>([
    ['tar-not-a-tar', 'text', [Buffer.alloc(2000, 'text ')]],
    ['tar-not-a-tar', 'short text', [Buffer.from('hello')]],
    ['tar-corrupt', 'a damaged header later on', [member({}), headerBlock({ checksum: '000000\0 ' })]],
    ['tar-truncated', 'an end inside data', [member({}, Buffer.alloc(2000, 'x')).subarray(0, 1800)]],
    ['tar-truncated', 'an end inside a header', [member({}), headerBlock({}).subarray(0, 300)]],
    ['tar-truncated', 'an end inside an extended header', [pax([['path', 'x'.repeat(600)]]).subarray(0, 1024)]],
    ['tar-truncated', 'a claim of data that is not there', [headerBlock({ size: 1_000_000_000 })]],
    ['tar-header-invalid', 'a size that is no number', [headerBlock({ size: '0000000009x\0' })]],
    ['tar-header-invalid', 'a negative size', [headerBlock({ size: base256(-512n, 12) })]],
    ['tar-limit-exceeded', 'a size over 2^53', [headerBlock({ size: base256(2n ** 60n, 12) })]],
    ['tar-limit-exceeded', 'data that ends over 2^53', [headerBlock({ size: base256(2n ** 53n - 1n, 12) })]],
    ['tar-limit-exceeded', 'an id over 32 bits', [headerBlock({ uid: base256(2n ** 33n, 8) })]],
    ['tar-limit-exceeded', 'a time no calendar has', [headerBlock({ mtime: base256(2n ** 50n, 12) })]],
    ['tar-limit-exceeded', 'a huge extended header', [headerBlock({ type: 'x', size: 2 ** 30 })]],
    ['tar-limit-exceeded', 'a huge long name', [headerBlock({ type: 'L', size: 2 ** 20 })]],
    ['tar-limit-exceeded', 'a huge PAX path', [pax([['path', 'x'.repeat(70_000)]])]],
    ['tar-header-invalid', 'a record without a length', [member({ type: 'x' }, 'path=x\n')]],
    ['tar-header-invalid', 'a record of length 0', [member({ type: 'x' }, '0 path=x\n')]],
    ['tar-header-invalid', 'a record beyond its header', [member({ type: 'x' }, '99 path=x\n')]],
    ['tar-header-invalid', 'a record without =', [member({ type: 'x' }, '8 pathx\n')]],
    ['tar-header-invalid', 'a record without newline', [member({ type: 'x' }, '9 path=xy')]],
    ['tar-header-invalid', 'a NUL in a PAX path', [pax([['path', 'a\0b']])]],
    ['tar-header-invalid', 'a PAX size that is no number', [pax([['size', '-1']])]],
    ['tar-limit-exceeded', 'a PAX size over 2^53', [pax([['size', '9007199254740993']])]],
    ['tar-header-invalid', 'a PAX time that is none', [pax([['mtime', '1e5']])]],
    ['tar-limit-exceeded', 'a PAX time too far', [pax([['mtime', '99999999999999999999999']])]],
    [
      'tar-header-invalid',
      'sparse runs out of order',
      [
        pax([
          ['GNU.sparse.size', '9'],
          ['GNU.sparse.map', '5,1,0,1'],
        ]),
        member({}, 'xx'),
      ],
    ],
    [
      'tar-header-invalid',
      'sparse runs beyond the file',
      [
        pax([
          ['GNU.sparse.size', '9'],
          ['GNU.sparse.map', '5,9'],
        ]),
        member({}, 'xxxxxxxxx'),
      ],
    ],
    [
      'tar-header-invalid',
      'more sparse data than is stored',
      [
        pax([
          ['GNU.sparse.size', '99'],
          ['GNU.sparse.map', '5,9'],
        ]),
        member({}, 'x'),
      ],
    ],
    [
      'tar-header-invalid',
      'a sparse map of odd length',
      [
        pax([
          ['GNU.sparse.size', '99'],
          ['GNU.sparse.map', '5,9,9'],
        ]),
        member({}, 'x'),
      ],
    ],
    ['tar-header-invalid', 'a sparse map without a map', [pax([['GNU.sparse.size', '99']]), member({}, 'x')]],
    ['tar-header-invalid', 'sparse format 2.0', [pax([['GNU.sparse.major', '2']]), member({}, 'x')]],
    ['tar-header-invalid', 'a sparse map of text', [pax([['GNU.sparse.major', '1']]), member({}, blocks('x\ny\n'))]],
    [
      'tar-header-invalid',
      'a sparse map that never ends',
      [pax([['GNU.sparse.major', '1']]), member({}, Buffer.alloc(512, '1\n2\n'))],
    ],
    [
      'tar-header-invalid',
      'a sparse map of one endless number',
      [pax([['GNU.sparse.major', '1']]), member({}, Buffer.alloc(1024, '1'))],
    ],
    [
      'tar-limit-exceeded',
      'a sparse map of too many runs',
      [pax([['GNU.sparse.major', '1']]), member({}, blocks('9999999\n'))],
    ],
    [
      'tar-header-invalid',
      'an old sparse map out of order',
      [
        headerBlock({
          ...OLD_GNU,
          type: 'S',
          rest: gnuSparse(
            [
              [512, 1],
              [0, 1],
            ],
            4096,
          ),
        }),
      ],
    ],
  ])('%s: %s', (code, _, parts) => {
    const bytes = Buffer.concat(parts);
    expect(() => [...scanTar(memorySource(bytes))]).toThrow(expect.objectContaining({ code }));
    const stream = (): void => {
      const scanner = new TarScanner(() => undefined);
      for (let at = 0; at < bytes.length; at += 700) scanner.push(bytes.subarray(at, at + 700));
      scanner.finish();
    };
    expect(stream).toThrow(expect.objectContaining({ code }));
  });

  it('tells where', () => {
    const bytes = Buffer.concat([member({}, 'x'), headerBlock({ size: 'x' })]);
    expect(() => [...scanTar(memorySource(bytes))]).toThrow('read tar: size is not a number at offset 1024');
  });
});

/** What either driver makes of any bytes: entries, or one of our errors. */
function outcome(run: () => TarEntry[]): TarEntry[] | string {
  try {
    return run();
  } catch (error) {
    if (!isPlinthError(error) || !Object.hasOwn(archiveErrors, error.code)) throw error;
    return error.code;
  }
}

function bothWays(bytes: Uint8Array): void {
  const random = outcome(() => [...scanTar(memorySource(bytes))]);
  const streamed = outcome(() => {
    const entries: TarEntry[] = [];
    const scanner = new TarScanner((entry) => entries.push(entry));
    for (let at = 0; at < bytes.length; at += 333) scanner.push(bytes.subarray(at, at + 333));
    scanner.finish();
    return entries;
  });
  expect(streamed).toEqual(random);
}

const SEED = Buffer.concat([
  member({ name: 'dir/', type: '5' }),
  pax([
    ['mtime', '1700000000.5'],
    ['SCHILY.xattr.user.a', 'b'],
  ]),
  member({ name: 'dir/file' }, 'hello'),
  member({ ...OLD_GNU, type: 'L' }, `${'n'.repeat(200)}\0`),
  member({ ...OLD_GNU, type: '2', link: 'x' }),
  headerBlock({
    ...OLD_GNU,
    type: 'S',
    size: 1024,
    rest: gnuSparse(
      [
        [512, 512],
        [2048, 512],
      ],
      4096,
    ),
  }),
  Buffer.alloc(1024, 'x'),
  pax([
    ['GNU.sparse.major', '1'],
    ['GNU.sparse.minor', '0'],
    ['GNU.sparse.name', 's'],
    ['GNU.sparse.realsize', '4096'],
  ]),
  member({}, Buffer.concat([blocks('1\n512\n512\n'), Buffer.alloc(512, 'x')])),
  TAR_END,
]);

/** Makes the checksums of all blocks that look like headers right again, so that damage gets past them. */
function mendChecksums(bytes: Buffer): Buffer {
  for (let at = 0; at + 512 <= bytes.length; at += 512) {
    if (decodeText(bytes.toString('latin1', at + 257, at + 262) as ByteString) !== 'ustar') continue;
    bytes.write('        ', at + 148, 'latin1');
    const sum = bytes.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
    bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
  }
  return bytes;
}

describe('hostile input', () => {
  it('of any bytes gives entries or our error', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 3000 }), bothWays));
  });

  it('of damaged archives gives entries or our error', () => {
    const damage = fc.array(fc.tuple(fc.nat(SEED.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(damage, fc.nat(SEED.length), fc.boolean(), (changes, end, mend) => {
        const bytes = Buffer.from(SEED.subarray(0, end < 1000 ? SEED.length : end));
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        bothWays(mend ? mendChecksums(bytes) : bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it('of shuffled blocks gives entries or our error', () => {
    const count = SEED.length / 512;
    fc.assert(
      fc.property(fc.array(fc.nat(count - 1), { maxLength: 30 }), (order) => {
        bothWays(Buffer.concat(order.map((block) => SEED.subarray(block * 512, block * 512 + 512))));
      }),
      { numRuns: 1000 },
    );
  });
});

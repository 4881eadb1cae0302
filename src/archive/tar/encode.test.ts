import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ByteString, encodeText } from '../../bytes/index.ts';
import { tarHeaders } from '../testing/arbitrary.ts';
import { memorySource } from '../testing/handmade-tar.ts';
import { encodeTarHeader, encodeTarHeaderInto } from './encode.ts';
import { NO_TAR_XATTRS, type TarEntry, type TarHeader } from './entry.ts';
import { TAR_END, tarPaddingBytes } from './layout.ts';
import { scanTar } from './scan.ts';
import { TarScanner } from './scanner.ts';

const FILE: TarHeader = {
  path: 'usr/bin/env' as ByteString,
  kind: 'file',
  mode: 0o755,
  uid: 0,
  gid: 0,
  mtimeNs: 1_700_000_000_000_000_000n,
  linkTarget: '' as ByteString,
  major: 0,
  minor: 0,
  xattrs: NO_TAR_XATTRS,
  sizeBytes: 5,
};

function storedBytes(header: TarHeader): number {
  if (header.kind !== 'file') return 0;
  return header.extents?.reduce((sum, run) => sum + run.lengthBytes, 0) ?? header.sizeBytes;
}

/** The archive of these entries, their data all of one byte. */
function archive(headers: readonly TarHeader[]): Buffer {
  const parts = headers.flatMap((header) => {
    const stored = storedBytes(header);
    return [encodeTarHeader(header), Buffer.alloc(stored, 'x'), Buffer.alloc(tarPaddingBytes(stored))];
  });
  return Buffer.concat([...parts, TAR_END]);
}

function headerOf({ dataOffsetBytes: _, storedBytes: __, ...header }: TarEntry): TarHeader {
  return header;
}

describe('encodeTarHeader', () => {
  it('writes what scanTar reads', () => {
    fc.assert(
      fc.property(fc.array(tarHeaders, { maxLength: 6 }), (headers) => {
        const entries = [...scanTar(memorySource(archive(headers)))];
        expect(entries.map(headerOf)).toEqual(headers);
        expect(entries.map((entry) => entry.storedBytes)).toEqual(headers.map(storedBytes));
      }),
      { numRuns: 300 },
    );
  });

  it('points at the data', () => {
    fc.assert(
      fc.property(fc.array(tarHeaders, { maxLength: 6 }), (headers) => {
        const bytes = archive(headers);
        for (const { dataOffsetBytes, storedBytes: stored } of scanTar(memorySource(bytes))) {
          const data = bytes.subarray(dataOffsetBytes, dataOffsetBytes + stored);
          expect(data.every((byte) => byte === 0x78)).toBe(true);
        }
      }),
    );
  });

  // Other bytes are another digest for every layer ever written: a new image id for the same input.
  it.each<[string, Partial<TarHeader>, number, string]>([
    ['plain ustar', {}, 512, '1a84c39ff694baaa'],
    ['time with ns', { mtimeNs: 1_700_000_000_123_456_789n }, 1536, '9af0878597ee22ef'],
    ['time before 1970', { mtimeNs: -1_500_000_000n }, 1536, '505420f6b109a82d'],
    ['path in prefix and name', { path: `${'d/'.repeat(70)}name` as ByteString }, 512, '247b708f595a4f33'],
    ['path too long for ustar', { path: 'n'.repeat(101) as ByteString }, 1536, '75eb299d737c0874'],
    ['path that is not UTF-8', { path: `${'\xff'.repeat(101)}` as ByteString }, 1536, 'e552a555871490e4'],
    ['ids over 7 digits', { uid: 2_097_152, gid: 4_294_967_295 }, 1536, '3e4ae5467f112ec7'],
    ['size over 8 GiB', { sizeBytes: 8_589_934_592 }, 1536, '18773b1fe22f131e'],
    [
      'xattrs, sorted',
      {
        xattrs: new Map([
          [encodeText('user.b=%'), new Uint8Array([0, 10, 255])],
          [encodeText('security.capability'), new Uint8Array(20)],
        ]),
      },
      1536,
      '6811f42a9a1738c3',
    ],
    ['symbolic link', { kind: 'symlink', linkTarget: encodeText('../ü'), sizeBytes: 0 }, 512, 'db2021d6c6bd45f8'],
    ['directory', { kind: 'directory', path: encodeText('etc'), sizeBytes: 0 }, 512, 'e98b1551a94b9d62'],
    ['device', { kind: 'character', major: 5, minor: 1, sizeBytes: 0 }, 512, '3b7bb44f914ffc9c'],
    [
      'sparse file',
      { sizeBytes: 1_000_000, extents: [{ offsetBytes: 4096, lengthBytes: 512 }] },
      2048,
      '3267f85f4fa68b84',
    ],
  ])('keeps its bytes: %s', (_, change, bytes, digest) => {
    const header = encodeTarHeader({ ...FILE, ...change });
    expect(header.length).toBe(bytes);
    expect(createHash('sha256').update(header).digest('hex').slice(0, 16)).toBe(digest);
  });

  it('writes the same into a buffer, or nothing when there is no room', () => {
    fc.assert(
      fc.property(tarHeaders, fc.nat(2000), (header, at) => {
        const want = encodeTarHeader(header);
        const into = Buffer.alloc(at + want.length, 'x');
        expect(encodeTarHeaderInto(header, into, at)).toBe(want.length);
        expect(into.subarray(at)).toEqual(want);
        expect(encodeTarHeaderInto(header, into.subarray(1), at)).toBe(0);
      }),
    );
  });

  it.each<[string, Partial<TarHeader>]>([
    ['empty name', { path: '' as ByteString }],
    ['NUL in the name', { path: 'a\0b' as ByteString }],
    ['NUL in the link target', { kind: 'symlink', linkTarget: 'a\0b' as ByteString }],
    ['name over the limit', { path: 'n'.repeat(65_537) as ByteString }],
    ['file with a slash at the end', { path: 'a/' as ByteString }],
    ['time after 2262', { mtimeNs: 2n ** 63n }],
    ['time before 1678', { mtimeNs: -(2n ** 63n) }],
    ['sparse run inside a block', { sizeBytes: 9000, extents: [{ offsetBytes: 100, lengthBytes: 412 }] }],
    ['sparse run beyond the end', { sizeBytes: 512, extents: [{ offsetBytes: 512, lengthBytes: 512 }] }],
  ])('refuses: %s', (_, change) => {
    expect(() => encodeTarHeader({ ...FILE, ...change })).toThrow(
      expect.objectContaining({ code: 'tar-entry-unencodable' }),
    );
  });
});

describe('TarScanner', () => {
  it('gives what scanTar gives, whatever the chunks', () => {
    fc.assert(
      fc.property(
        fc.array(tarHeaders, { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 1500 }), { minLength: 1, maxLength: 20 }),
        (headers, sizes) => {
          const bytes = archive(headers);
          const entries: TarEntry[] = [];
          const scanner = new TarScanner((entry) => entries.push(entry));
          for (let at = 0, turn = 0; at < bytes.length; turn++) {
            const size = sizes[turn % sizes.length] ?? 1;
            // A chunk is the scanner's only during the call.
            const chunk = Buffer.from(bytes.subarray(at, at + size));
            scanner.push(chunk);
            chunk.fill(0xee);
            at += size;
          }
          scanner.finish();
          expect(entries).toEqual([...scanTar(memorySource(bytes))]);
        },
      ),
    );
  });
});

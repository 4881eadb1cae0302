import { randomBytes } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPlinthError } from '../../errors/index.ts';
import { archiveErrors } from '../archive-error.ts';
import { BZIP2_BYTES, plainBytes, XZ_BYTES } from '../testing/compressed.ts';
import { type Compression, detectCompression } from './compression.ts';
import { decompress } from './decompress.ts';
import { unxzWasm } from './xz.ts';

const PLAIN = plainBytes();
const HALF = 150_000;
const SKIPPABLE = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]);
const GZIP = Buffer.concat([gzipSync(PLAIN.subarray(0, HALF)), gzipSync(PLAIN.subarray(HALF))]);
const ZSTD = Buffer.concat([
  zstdCompressSync(PLAIN.subarray(0, HALF)),
  SKIPPABLE,
  zstdCompressSync(PLAIN.subarray(HALF)),
]);

type Decoder = (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;
const CODECS: readonly (readonly [string, Compression, Buffer, Decoder])[] = [
  ['gzip', 'gzip', GZIP, (chunks) => decompress(chunks)],
  ['zstd', 'zstd', ZSTD, (chunks) => decompress(chunks)],
  ['xz', 'xz', XZ_BYTES, (chunks) => decompress(chunks)],
  ['xz in WebAssembly', 'xz', XZ_BYTES, unxzWasm],
  ['bzip2', 'bzip2', BZIP2_BYTES, (chunks) => decompress(chunks)],
];

/** `bytes` in chunks whose memory is used again for the next one, as a file reader may. */
async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const shared = Buffer.alloc(size);
  for (let at = 0; at < bytes.length; at += size) {
    const part = bytes.subarray(at, at + size);
    shared.set(part);
    yield shared.subarray(0, part.length);
    shared.fill(0xee);
  }
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(Buffer.from(chunk));
  return Buffer.concat(parts);
}

/** The bytes, or the code of our error. */
async function outcome(chunks: AsyncIterable<Uint8Array>): Promise<Buffer | string> {
  try {
    return await collect(chunks);
  } catch (error) {
    if (!isPlinthError(error) || !Object.hasOwn(archiveErrors, error.code)) throw error;
    return error.code;
  }
}

describe.each(CODECS)('%s', (_, compression, compressed, decode) => {
  it('is detected', () => {
    expect(detectCompression(compressed)).toBe(compression);
  });

  it.each([1 << 20, 4096, 61])('is read in chunks of %i bytes', async (size) => {
    expect((await collect(decode(chunked(compressed, size)))).equals(PLAIN)).toBe(true);
  });

  it('is read when cut in two anywhere near a border between streams', async () => {
    for (let cut = 1; cut < compressed.length; cut += cut > compressed.length / 2 + 40 ? 97 : 11) {
      const parts = async function* (): AsyncGenerator<Uint8Array> {
        yield compressed.subarray(0, cut);
        yield new Uint8Array(0);
        yield compressed.subarray(cut);
      };
      expect((await collect(decode(parts()))).equals(PLAIN)).toBe(true);
    }
  });

  it('is an error when cut short', async () => {
    const shortest = detectCompression(compressed.subarray(0, 10)) === 'none' ? 11 : 10;
    for (let end = shortest; end < compressed.length; end += 41) {
      const cut = compressed.subarray(0, end);
      const inPadding = /YZ\0+$/.test(cut.toString('latin1'));
      if (inPadding) continue;
      const result = await outcome(decode(chunked(cut, 512)));
      // Between two streams nothing tells that another should follow.
      if (typeof result !== 'string') expect(result.equals(PLAIN.subarray(0, HALF))).toBe(true);
      else expect([end, result]).toEqual([end, 'compressed-data-truncated']);
    }
  });

  it('is an error, or the same, when damaged', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(compressed.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const damaged = Buffer.from(compressed);
        damaged[at] = (damaged[at] as number) ^ change;
        const result = await outcome(decode(chunked(damaged, 2048)));
        if (typeof result !== 'string') expect([PLAIN.length, HALF, damaged.length]).toContain(result.length);
      }),
      { numRuns: 60 },
    );
  });

  it('ends the source when its reader leaves', async () => {
    let closed = false;
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield compressed;
      } finally {
        closed = true;
      }
    };
    for await (const chunk of decode(endless())) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(closed).toBe(true);
  });

  it('gives on an error of the source as it is', async () => {
    const failure = new Error('connection lost');
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield compressed.subarray(0, 300);
      throw failure;
    };
    await expect(collect(decode(failing()))).rejects.toBe(failure);
  });

  it('reads the source to its end, where it may fail its check', async () => {
    const failure = new Error('digest does not match');
    const checked = async function* (): AsyncGenerator<Uint8Array> {
      yield compressed;
      throw failure;
    };
    await expect(collect(decode(checked()))).rejects.toBe(failure);
  });

  it('asks for no more than its reader takes', async () => {
    let asked = 0;
    const source = async function* (): AsyncGenerator<Uint8Array> {
      for (; asked < 1000; asked++) yield compressed;
    };
    const reader = decode(source())[Symbol.asyncIterator]();
    await reader.next();
    await new Promise((resolve) => setTimeout(resolve, 20));
    // The bzip2 decoder looks ahead as far as a block can reach.
    expect(asked * compressed.length).toBeLessThan(3_000_000);
    await reader.return?.();
  });
});

describe('decompress', () => {
  it('passes on what it does not know', async () => {
    const bytes = randomBytes(5000);
    bytes[0] = 0;
    expect((await collect(decompress(chunked(bytes, 3)))).equals(bytes)).toBe(true);
    expect(await collect(decompress(chunked(Buffer.alloc(0), 1)))).toHaveLength(0);
  });

  it('takes the caller at his word', async () => {
    expect(await outcome(decompress(chunked(Buffer.from('text'), 4), 'gzip'))).toBe('compressed-data-corrupt');
    expect(await outcome(decompress(chunked(Buffer.from('text'), 4), 'bzip2'))).toBe('compressed-data-corrupt');
    expect(await outcome(decompress(chunked(Buffer.from('not an xz file'), 4), 'xz'))).toBe('compressed-data-corrupt');
    expect(await outcome(decompress(chunked(Buffer.from('text'), 4), 'zstd'))).toBe('compressed-data-corrupt');
  });

  it.each(['gzip', 'zstd', 'xz', 'bzip2'] as const)('finds %s of nothing too short', async (compression) => {
    expect(await outcome(decompress(chunked(Buffer.alloc(0), 1), compression))).toBe('compressed-data-truncated');
  });

  it('stops at the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    await expect(collect(decompress(chunked(bomb, 512), undefined, { limitBytes: 1_000_000 }))).rejects.toMatchObject({
      code: 'compressed-data-too-large',
    });
    const whole = await collect(decompress(chunked(bomb, 512), undefined, { limitBytes: 10_000_000 }));
    expect(whole).toHaveLength(10_000_000);
  });

  it.each<[string, Buffer]>([
    ['gzip', GZIP],
    ['xz', XZ_BYTES],
    ['bzip2', BZIP2_BYTES],
  ])('bears zeros after %s', async (_, compressed) => {
    const padded = Buffer.concat([compressed, Buffer.alloc(512)]);
    expect((await collect(decompress(chunked(padded, 700)))).equals(PLAIN)).toBe(true);
  });

  it.each(CODECS)('bears no text after %s', async (_, __, compressed, decode) => {
    expect(await outcome(decode(chunked(Buffer.concat([compressed, Buffer.from('text after it')]), 700)))).toBe(
      'compressed-data-corrupt',
    );
  });

  it('refuses xz that wants too much memory', async () => {
    // The dictionary size of LZMA2 stands in the block header: 40 is 4 GiB - 1. Its checksum is mended.
    const greedy = Buffer.from(XZ_BYTES);
    const header = greedy.subarray(12, 12 + ((greedy[12] as number) + 1) * 4);
    header[header.indexOf(Buffer.from([0x21, 0x01])) + 2] = 40;
    const { crc32 } = await import('node:zlib');
    header.writeUInt32LE(crc32(header.subarray(0, -4)), header.length - 4);
    expect(await outcome(decompress(chunked(greedy, 4096)))).toBe('compressed-data-unsupported');
    expect(await outcome(unxzWasm(chunked(greedy, 4096)))).toBe('compressed-data-unsupported');
  });
});

import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compress } from './compress.ts';
import { decompress } from './decompress.ts';

/** Text with long repeats, so that pieces need what came before them. */
function text(bytes: number): Buffer {
  const line = (i: number): string => `${(i * 2_654_435_761) % 65_537} of the quick brown fox number ${i % 100}\n`;
  return Buffer.from(Array.from({ length: Math.ceil(bytes / 30) }, (_, i) => line(i)).join('')).subarray(0, bytes);
}

async function* chunked(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    const chunk = Buffer.from(bytes.subarray(at, at + size));
    yield chunk;
    chunk.fill(0xee);
    at += size;
  }
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(Buffer.from(chunk));
  return Buffer.concat(parts);
}

const UNPACK = { gzip: gunzipSync, zstd: zstdDecompressSync };
const SAMPLE = text(5_000_000);

describe.each(['gzip', 'zstd'] as const)('compress to %s', (compression) => {
  it('is undone by the other side', async () => {
    const lengths = fc.oneof(fc.nat(100), fc.nat(5_000_000), fc.constantFrom(1 << 20, 2 << 20, (1 << 20) + 1));
    const sizes = fc.array(fc.integer({ min: 1000, max: 3_000_000 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(lengths, sizes, fc.constantFrom(undefined, 1, 9), async (length, cuts, level) => {
        const plain = SAMPLE.subarray(0, length);
        const packed = await collect(compress(chunked(plain, cuts), compression, level === undefined ? {} : { level }));
        expect(UNPACK[compression](packed).equals(plain)).toBe(true);
        expect((await collect(decompress(chunked(packed, [70_000])))).equals(plain)).toBe(true);
      }),
      { numRuns: 12 },
    );
  });

  it('gives the same bytes however the input is cut', async () => {
    const whole = await collect(compress(chunked(SAMPLE, [5_000_000]), compression));
    const pieces = await collect(compress(chunked(SAMPLE, [1, 65_536, 999_999, 17]), compression));
    expect(pieces.equals(whole)).toBe(true);
  });

  it('ends the source when its reader leaves', async () => {
    let closed = false;
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield SAMPLE;
      } finally {
        closed = true;
      }
    };
    for await (const chunk of compress(endless(), compression)) if (chunk.length > 100) break;
    expect(closed).toBe(true);
  });

  it('gives on an error of the source', async () => {
    const failure = new Error('disk gone');
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield SAMPLE;
      throw failure;
    };
    await expect(collect(compress(failing(), compression))).rejects.toBe(failure);
  });
});

describe('compress', () => {
  it('to none passes the bytes on', async () => {
    expect((await collect(compress(chunked(SAMPLE, [100_000]), 'none'))).equals(SAMPLE)).toBe(true);
  });

  it('to gzip makes one member without time or name', async () => {
    const packed = await collect(compress(chunked(SAMPLE, [100_000]), 'gzip'));
    expect(packed.subarray(0, 10)).toEqual(Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]));
    expect(packed.readUInt32LE(packed.length - 4)).toBe(SAMPLE.length);
  });

  it('to zstd writes the size where it is known', async () => {
    const options = { sizeBytes: SAMPLE.length };
    const packed = await collect(compress(chunked(SAMPLE, [100_000]), 'zstd', options));
    // Frame header descriptor: the top two bits are 2 for a content size of four bytes, bit 5 for one segment.
    expect((packed[4] as number) >>> 6).toBe(2);
    expect(packed.readUInt32LE(((packed[4] as number) & 0x20) === 0 ? 6 : 5)).toBe(SAMPLE.length);
  });
});

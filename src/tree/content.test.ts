import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Content,
  equalContents,
  forEachChunk,
  forEachDataChunk,
  memoryContent,
  readContent,
  sliceContent,
  sparseContent,
} from './index.ts';

/** A sparse content and the bytes it stands for, from gaps and lengths in turn. */
const sparseArbitrary = fc
  .tuple(fc.array(fc.tuple(fc.nat(9), fc.integer({ min: 1, max: 9 })), { maxLength: 6 }), fc.nat(9))
  .map(([runs, tail]) => {
    const extents: { offsetBytes: number; lengthBytes: number }[] = [];
    const parts: Buffer[] = [];
    let position = 0;
    for (const [gap, lengthBytes] of runs) {
      extents.push({ offsetBytes: position + gap, lengthBytes });
      parts.push(Buffer.alloc(gap), Buffer.alloc(lengthBytes, 97 + extents.length));
      position += gap + lengthBytes;
    }
    parts.push(Buffer.alloc(tail));
    const data = Buffer.concat(parts.filter((part) => part.length > 0 && part[0] !== 0));
    return { content: sparseContent(memoryContent(data), extents, position + tail), bytes: Buffer.concat(parts) };
  });

describe('sparseContent', () => {
  it('reads zeros where there is no data, from any position', () => {
    fc.assert(
      fc.property(sparseArbitrary, fc.nat(60), fc.nat(60), ({ content, bytes }, position, length) => {
        const into = Buffer.alloc(length, 0xff);
        const count = content.read(into, position);
        expect(into.subarray(0, count)).toEqual(bytes.subarray(position, position + length));
        expect(into.subarray(count)).toEqual(Buffer.alloc(length - count, 0xff));
      }),
    );
  });

  it('gives its data chunks and nothing else', () => {
    fc.assert(
      fc.property(sparseArbitrary, fc.integer({ min: 1, max: 12 }), ({ content, bytes }, bufferBytes) => {
        const back = Buffer.alloc(bytes.length);
        let dataBytes = 0;
        forEachDataChunk(content, Buffer.alloc(bufferBytes), (chunk, position) => {
          back.set(chunk, position);
          dataBytes += chunk.length;
        });
        expect(back).toEqual(bytes);
        expect(dataBytes).toBe(bytes.filter((byte) => byte !== 0).length);
      }),
    );
  });
});

describe('sliceContent', () => {
  it('reads its part of the source alone', () => {
    const slice = sliceContent(memoryContent('0123456789'), 3, 4);
    expect(readContent(slice).toString()).toBe('3456');
    expect(slice.read(Buffer.alloc(10), 2)).toBe(2);
    expect(slice.read(Buffer.alloc(10), 4)).toBe(0);
  });

  it('fails when the source ends too early', () => {
    const error = expect.objectContaining({ name: 'PlinthError', code: 'content-short' });
    expect(() => readContent(sliceContent(memoryContent('0123'), 2, 4))).toThrowError(error);
    const sparse = sparseContent(memoryContent('01'), [{ offsetBytes: 0, lengthBytes: 4 }], 8);
    expect(() => readContent(sparse)).toThrowError(error);
  });
});

describe('forEachChunk', () => {
  it('fails when the content ends too early', () => {
    const short: Content = { sizeBytes: 10, read: (_into, position) => (position === 0 ? 4 : 0) };
    expect(() => forEachChunk(short, Buffer.alloc(4), () => {})).toThrowError(
      expect.objectContaining({ code: 'content-short' }),
    );
  });
});

describe('equalContents', () => {
  it('tells equal bytes from others', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5 }), fc.uint8Array({ maxLength: 5 }), (left, right) => {
        expect(equalContents(memoryContent(left), memoryContent(right))).toBe(Buffer.compare(left, right) === 0);
      }),
    );
  });

  it('sees a difference in the last byte of a long content', () => {
    const [left, right] = [Buffer.alloc(200_001), Buffer.alloc(200_001)];
    expect(equalContents(memoryContent(left), memoryContent(right))).toBe(true);
    right[200_000] = 1;
    expect(equalContents(memoryContent(left), memoryContent(right))).toBe(false);
  });

  it('does not read two parts that are the same part', () => {
    const source = {
      sizeBytes: 100,
      read: (): number => {
        throw new Error('read');
      },
    };
    expect(equalContents(sliceContent(source, 1, 9), sliceContent(source, 1, 9))).toBe(true);
    expect(equalContents(sliceContent(source, 1, 9), sliceContent(source, 1, 8))).toBe(false);
  });
});

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { directory, file, manyFiles, sparseFile, tree, zeroFile } from '../../../test/support/ext4-trees.ts';
import type { Node, Tree } from '../../tree/index.ts';
import type { DiskSink } from './block-writer.ts';
import { planExt4 } from './plan.ts';
import { writeExt4 } from './write.ts';

const MIB = 2 ** 20;

/** Keeps what is written, and sees that nothing is written twice. */
class MemoryDisk implements DiskSink {
  readonly bytes: Buffer;
  readonly writes: [positionBytes: number, lengthBytes: number][] = [];

  constructor(sizeBytes: number) {
    this.bytes = Buffer.alloc(sizeBytes);
  }

  write(bytes: Uint8Array, positionBytes: number): void {
    this.bytes.set(bytes, positionBytes);
    this.writes.push([positionBytes, bytes.length]);
  }
}

async function write(made: Tree): Promise<MemoryDisk> {
  const plan = planExt4(made);
  const disk = new MemoryDisk(plan.sizeBytes);
  await writeExt4(plan, disk);
  return disk;
}

const example = (): Tree =>
  tree({
    a: file(Buffer.alloc(5 * MIB, 'a')),
    d: directory({ many: manyFiles(500), sparse: sparseFile(10, 70_000, 5000) }),
    z: zeroFile(MIB),
  });

describe('writeExt4', () => {
  it('writes the same bytes for the same tree', async () => {
    const [one, two] = [await write(example()), await write(example())];
    expect(one.bytes.equals(two.bytes)).toBe(true);
  });

  it('writes the bytes it has always written', async () => {
    const { bytes } = await write(example());
    // Changes when the layout does; e2fsck must then be content with the new one (test/interop/ext4.test.ts).
    expect(createHash('sha256').update(bytes).digest('hex')).toMatchInlineSnapshot(
      `"1cc777a6bbdf419e2bc2478a5e6b82af60df853471f09aaaabfd56fc8a5c95e8"`,
    );
  });

  it('writes no block twice, and the superblock last', async () => {
    const { writes } = await write(example());
    expect(writes.at(-1)?.[0]).toBe(0);
    const sorted = [...writes].sort(([left], [right]) => left - right);
    for (const [i, [position, length]] of sorted.entries()) {
      expect(position + length).toBeLessThanOrEqual(sorted[i + 1]?.[0] ?? Number.POSITIVE_INFINITY);
      expect(position % 4096 || length % 4096).toBe(0);
    }
  });

  it('gives zeros back as free space', async () => {
    const plan = planExt4(tree({ z: zeroFile(MIB), y: file('data') }));
    const result = await writeExt4(plan, { write() {} });
    expect(result).toEqual({ freeBytes: plan.freeBytes + MIB, freeInodes: plan.freeInodes });
  });

  it('tells its progress up to the end', async () => {
    const told: number[][] = [];
    const plan = planExt4(tree({ f: file(Buffer.alloc(40 * MIB, 'x')) }));
    await writeExt4(plan, { write() {} }, { onProgress: (done, total) => told.push([done, total]) });
    expect(told.length).toBeGreaterThan(4);
    expect(told).toEqual([...told].sort(([left = 0], [right = 0]) => left - right));
    expect(told.at(-1)?.[0]).toBe(told.at(-1)?.[1]);
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    const plan = planExt4(tree({ f: file(Buffer.alloc(40 * MIB, 'x')) }));
    let written = 0;
    const sink = {
      write(bytes: Uint8Array) {
        written += bytes.length;
        stop.abort(new Error('enough'));
      },
    };
    await expect(writeExt4(plan, sink, { signal: stop.signal })).rejects.toThrow('enough');
    expect(written).toBeLessThan(20 * MIB);
  });

  it('refuses a file that has become shorter', async () => {
    const short = { ...file(), content: { sizeBytes: 10_000, read: () => 0 } } as Node;
    const plan = planExt4(tree({ short }));
    await expect(writeExt4(plan, { write() {} })).rejects.toMatchObject({
      code: 'ext4-content-short',
      message: 'write ext4: /short: ends after 0 bytes, its size was 10000',
    });
  });
});

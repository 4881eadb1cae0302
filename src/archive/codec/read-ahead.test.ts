import { describe, expect, it } from 'vitest';
import { readAhead } from './read-ahead.ts';

/** Counts up to `last`, notes what it was asked for and whether it was closed, and fails after `last` if asked to. */
function counter(last: number, failure?: Error) {
  const notes: string[] = [];
  async function* count(): AsyncGenerator<number> {
    try {
      for (let value = 1; value <= last; value++) {
        notes.push(`make ${value}`);
        await Promise.resolve();
        yield value;
      }
      if (failure !== undefined) throw failure;
    } finally {
      notes.push('closed');
    }
  }
  return { notes, values: count() };
}

async function collect(values: AsyncIterable<number>): Promise<number[]> {
  const collected: number[] = [];
  for await (const value of values) collected.push(value);
  return collected;
}

describe('readAhead', () => {
  it('gives the same values in the same order', async () => {
    expect(await collect(readAhead(counter(5).values))).toEqual([1, 2, 3, 4, 5]);
    expect(await collect(readAhead(counter(0).values))).toEqual([]);
  });

  it('asks for the next value while one is used', async () => {
    const { notes, values } = counter(3);
    for await (const value of readAhead(values)) if (value === 1) expect(notes).toEqual(['make 1', 'make 2']);
    expect(notes).toEqual(['make 1', 'make 2', 'make 3', 'closed']);
  });

  it('fails when it is the turn of what failed', async () => {
    const seen: number[] = [];
    const reading = (async () => {
      for await (const value of readAhead(counter(2, new Error('broken')).values)) seen.push(value);
    })();
    await expect(reading).rejects.toThrow('broken');
    expect(seen).toEqual([1, 2]);
  });

  it('closes the source after what is under way when its reader stops', async () => {
    const { notes, values } = counter(9);
    for await (const value of readAhead(values)) if (value === 2) break;
    expect(notes).toEqual(['make 1', 'make 2', 'make 3', 'closed']);
  });

  it('closes a source whose next value fails when its reader stops', async () => {
    const { notes, values } = counter(1, new Error('broken'));
    for await (const value of readAhead(values)) if (value === 1) break;
    expect(notes).toEqual(['make 1', 'closed']);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { subtractHoles } from './file-data.ts';
import type { Run } from './inode.ts';

/** The blocks of `runs`, one by one. */
const blocks = (runs: readonly Run[]): string[] =>
  runs.flatMap(({ logical, start, length }) => Array.from({ length }, (_, i) => `${logical + i} at ${start + i}`));

const cases = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.array(fc.boolean(), { minLength: 1, maxLength: 20 })), {
    maxLength: 5,
  })
  .map((pieces) => {
    const runs: Run[] = [];
    const holes: Run[] = [];
    let [logical, start] = [0, 1000];
    for (const [gap, isHole] of pieces) {
      logical += gap;
      start += gap % 2 === 0 ? 0 : gap;
      runs.push({ logical, start, length: isHole.length });
      isHole.forEach((hole, i) => {
        if (hole) holes.push({ logical: logical + i, start: start + i, length: 1 });
      });
      logical += isHole.length;
      start += isHole.length;
    }
    return { runs, holes };
  });

describe('subtractHoles', () => {
  it('leaves exactly the blocks that are in no hole', () => {
    fc.assert(
      fc.property(cases, ({ runs, holes }) => {
        const without = new Set(blocks(holes));
        expect(blocks(subtractHoles(runs, holes))).toEqual(blocks(runs).filter((block) => !without.has(block)));
      }),
    );
  });
});

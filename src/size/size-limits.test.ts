import { expect, it } from 'vitest';
import { checkSizeLimits, type SizeLimits } from './size-limits.ts';

const usage = { storedBytes: 1000, wastedBytes: 100, efficiency: 0.9 };

it.each<[SizeLimits, (keyof SizeLimits)[]]>([
  [{}, []],
  [{ maxStoredBytes: 1000, maxWastedBytes: 100, maxWastedShare: 0.1, minEfficiency: 0.9 }, []],
  [{ maxStoredBytes: 999, maxWastedBytes: 99 }, ['maxStoredBytes', 'maxWastedBytes']],
  [{ maxWastedShare: 0.09, minEfficiency: 0.91 }, ['maxWastedShare', 'minEfficiency']],
])('%j is broken at %j', (limits, broken) => {
  expect(checkSizeLimits(usage, limits).map(({ limit }) => limit)).toEqual(broken);
});

it('lets an image of nothing waste nothing', () => {
  expect(checkSizeLimits({ storedBytes: 0, wastedBytes: 0, efficiency: 1 }, { maxWastedShare: 0 })).toEqual([]);
});

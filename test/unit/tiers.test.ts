import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
// @ts-expect-error a plain script without types
import { TIERS } from '../../scripts/tiers.mjs';

const CHECKOUT = resolve(import.meta.dirname, '../..');

interface Tier {
  readonly programs: Readonly<Record<string, string>>;
}

it('lists for CI exactly the packages that the tiers need', () => {
  const needed = new Set((TIERS as readonly Tier[]).flatMap(({ programs }) => Object.values(programs)));
  const listed = readFileSync(join(CHECKOUT, '.ci/packages'), 'utf8')
    .split('\n')
    .filter((line) => /^[^#]/.test(line));
  expect(listed).toEqual([...needed].sort());
});

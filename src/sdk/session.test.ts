import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { rootOf } from './session.ts';

it('makes the path of a store absolute, for mounts below it', () => {
  expect(rootOf({ root: 'some/store' })).toBe(resolve('some/store'));
  expect(rootOf({ root: '/some/store' })).toBe('/some/store');
});

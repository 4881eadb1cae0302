import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
// @ts-expect-error a plain script without types
import { ERROR_DOCS_PATH, errorDocs } from '../../scripts/error-docs.mjs';

it('lists every error code in docs/errors.md', async () => {
  expect(readFileSync(ERROR_DOCS_PATH, 'utf8')).toBe(await errorDocs());
});

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
// @ts-expect-error a plain script without types
import { DOCTOR_DOCS_PATH, doctorDocs } from '../../scripts/doctor-docs.mjs';

it('lists every finding in docs/doctor.md', () => {
  const text = readFileSync(DOCTOR_DOCS_PATH, 'utf8');
  expect(text).toBe(doctorDocs(text));
  expect(text).toContain('| `loader-missing` | error |');
});

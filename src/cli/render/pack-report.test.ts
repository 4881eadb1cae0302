import { expect, it } from 'vitest';
import type { PackReport } from '../../sdk/index.ts';
import { formatPackReport } from './pack-report.ts';
import { styleFor } from './style.ts';

const REPORT: PackReport = {
  programs: [{ name: 'app', path: '/usr/bin/app' }],
  platform: 'linux/arm64',
  native: false,
  parts: [
    { name: 'libraries', what: 'what programs and modules link to', sizeBytes: 2_000_000, paths: ['/lib/a', '/lib/b'] },
    { name: '/usr/bin/app', what: 'program', sizeBytes: 1500, paths: ['/usr/bin/app'] },
  ],
  sizeBytes: 2_001_500,
  notes: ['It \u001b[31m speaks.'],
  dockerfile: '',
  imageId: undefined,
};

it('shows each part, the whole, and notes without control characters', () => {
  const style = styleFor({ isTerminal: false, write: () => undefined }, {});
  expect(formatPackReport(REPORT, { columns: undefined, style })).toBe(
    [
      ' SIZE   FILES   PART           WHAT IT IS',
      '  2MB       2   libraries      what programs and modules link to',
      '1.5kB       1   /usr/bin/app   program',
      '',
      '2MB in 3 files for linux/arm64',
      'note: It \\x1b[31m speaks.',
      '',
    ].join('\n'),
  );
});

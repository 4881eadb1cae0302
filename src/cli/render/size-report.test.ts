import { describe, expect, it } from 'vitest';
import type { SizeReport } from '../../sdk/index.ts';
import { formatShare, formatSizeReport, type SizeSection } from './size-report.ts';
import { createStyle } from './style.ts';

const REPORT: SizeReport = {
  kind: 'image',
  storedBytes: 1500,
  shownBytes: 1000,
  wastedBytes: 500,
  efficiency: 1000 / 1500,
  files: 12,
  layers: [
    {
      diffId: 'sha256:0',
      createdBy: 'ADD\n rootfs /',
      sizeBytes: 1000,
      wastedBytes: 500,
      added: 11,
      changed: 0,
      removed: 0,
    },
    { diffId: 'sha256:1', createdBy: '', sizeBytes: 500, wastedBytes: 0, added: 1, changed: 1, removed: 0 },
  ],
  directories: [
    { path: '/', depth: 0, sizeBytes: 1000, files: 12 },
    { path: '/usr', depth: 1, sizeBytes: 990, files: 11 },
    { path: '/etc', depth: 1, sizeBytes: 10, files: 1 },
  ],
  packages: { packages: [], rest: { sizeBytes: 1000, files: 12 }, unread: ['rpm'] },
  largest: Array.from({ length: 7 }, (_, index) => ({ paths: [`/f${index}`], sizeBytes: 100 - index })),
  wasted: [{ path: '/a\x1b', wastedBytes: 500, layers: [0], lostIn: 1, fate: 'overwritten', isSameContent: true }],
  duplicates: [{ paths: ['/a', '/b', '/c', '/d', '/e'], sizeBytes: 10, extraBytes: 40 }],
  breaches: [],
};

function format(sections: readonly SizeSection[], columns?: number): string {
  return formatSizeReport(REPORT, { sections, columns, style: createStyle(false), source: 'one' });
}

describe('formatSizeReport', () => {
  it('is short without a section', () => {
    expect(format([])).toBe(`image one: 1kB in 12 files, 1.5kB stored in 2 layers
efficiency 66.6%: later layers overwrite or remove 500B

Layers
#   SIZE   WASTED   ADDED   CHANGED   REMOVED   MADE BY
1    1kB     500B      11         0         0   ADD rootfs /
2   500B       0B       1         1         0

Directories
SIZE    SHARE   FILES   DIRECTORY
 1kB   100.0%      12   /
990B    99.0%      11     /usr

Packages
The database of rpm is there and is not read.

Largest files
SIZE   FILE
100B   /f0
 99B   /f1
 98B   /f2
 97B   /f3
 96B   /f4
… and 2 more

Overwritten or removed in later layers
WASTED   STORED IN   THEN              FILE
  500B   1           same again in 2   /a\\x1b

Same content twice or more
EXTRA   COPIES   FILES
  40B        5   /a, /b, /c and 2 more
`);
  });

  it('has whole tables of what is asked for, cut to the terminal', () => {
    expect(format(['dirs'])).toContain(' 10B     1.0%       1     /etc\n');
    expect(format(['files'])).toContain(' 94B   /f6\n');
    expect(format(['dirs', 'layers'], 40)).toMatch(/ADD rootfs \/\n/);
    expect(format(['files'], 20)).toContain('/a, /b, /c and …\n');
  });
});

it('formatShare never rounds up to the whole', () => {
  expect([0, 0.0009, 0.5, 0.99999, 1].map(formatShare)).toEqual(['0.0%', '0.0%', '50.0%', '99.9%', '100.0%']);
});

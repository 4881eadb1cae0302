import { describe, expect, it } from 'vitest';
import type { DependencyReport, LibraryReport, ObjectReport } from '../../sdk/index.ts';
import { formatDependencyGraph, formatDependencyList, formatDependencyTree } from './dependencies.ts';
import { createStyle } from './style.ts';

const library = (name: string, facts: Partial<LibraryReport> = {}): LibraryReport => ({
  name,
  reason: 'cache',
  path: `/lib/${name}`,
  file: `/usr/lib/${name}`,
  optional: false,
  searched: [],
  passedOver: [],
  ...facts,
});
const missing = (name: string): LibraryReport => {
  const { path: _, file: __, ...rest } = library(name, { reason: 'not-found' });
  return rest;
};
const object = (role: ObjectReport['role'], path: string, needed: readonly LibraryReport[] = []): ObjectReport => ({
  role,
  path,
  file: `/usr${path}`,
  links: [],
  architecture: 'amd64',
  needed,
});

const REPORT: DependencyReport = {
  paths: [],
  programs: [
    {
      name: 'app',
      opened: ['/bin/app.sh', '/bin/app'],
      architecture: 'amd64',
      loader: '/lib/ld.so',
      isStatic: false,
      objects: [
        object('program', '/bin/app', [library('liba.so'), library('libc.so')]),
        object('loader', '/lib/ld.so'),
        object('library', '/lib/liba.so', [library('libc.so', { reason: 'already-loaded' }), missing('libb.so')]),
        object('library', '/lib/libc.so'),
      ],
      problems: [
        { kind: 'library-missing', path: '/lib/liba.so', message: 'libb.so: cannot open', hint: 'Look about.' },
      ],
      hints: [
        { kind: 'nss', name: 'libnss_x.so.2', path: '/lib/libnss_x.so.2', why: 'hosts', required: false, files: [] },
        { kind: 'nss', name: 'libnss_y.so.2', why: 'hosts', required: false, files: [] },
        { kind: 'libgcc', name: 'libgcc_s.so.1', why: 'threads', required: true, files: [] },
      ],
    },
  ],
};
const plain = createStyle(false);

describe('dependencies', () => {
  it('are listed with the rule that found them', () => {
    expect(formatDependencyList(REPORT, plain)).toBe(
      [
        '/bin/app.sh → /bin/app   amd64, loader /lib/ld.so',
        '  liba.so   /lib/liba.so   ld.so.cache',
        '  libc.so   /lib/libc.so   ld.so.cache',
        '  libb.so   not found      needed by /lib/liba.so',
        '  and maybe while it runs:',
        '    libnss_x.so.2   /lib/libnss_x.so.2   hosts',
        '    libgcc_s.so.1   not found            threads',
        '  error: libb.so: cannot open',
        '    Look about.',
        '',
      ].join('\n'),
    );
  });

  it('are a tree that opens everything once', () => {
    const [, ...lines] = formatDependencyTree(REPORT, plain).split('\n');
    expect(lines.slice(0, 4)).toEqual([
      '  ├─ liba.so   /lib/liba.so   ld.so.cache',
      '  │  ├─ libc.so   /lib/libc.so',
      '  │  └─ libb.so   not found',
      '  └─ libc.so',
    ]);
  });

  it('are a graph', () => {
    const graph = formatDependencyGraph(REPORT);
    expect(graph).toContain('  "/bin/app" -> "/lib/ld.so" [style=dotted];\n');
    expect(graph).toContain('  "/lib/liba.so" -> "libb.so";\n');
    expect(graph).toContain('  "libb.so" [color=red, label="libb.so: not found"];\n');
  });

  it('show control characters of all texts, whatever the colours', () => {
    const ours = new Set(['reason', 'role', 'kind']);
    const hostile: DependencyReport = JSON.parse(JSON.stringify(REPORT), (key, value: unknown) =>
      typeof value === 'string' && !ours.has(key) ? `${value}\x1b[2J\u202e` : value,
    );
    const coloured = createStyle(true);
    const texts = [
      formatDependencyList(hostile, coloured),
      formatDependencyTree(hostile, coloured),
      formatDependencyGraph(hostile),
    ];
    for (const text of texts) {
      expect(text).toMatch(/\/bin\/app(?:.*\\x1b\[2J)/);
      expect([text.includes('\x1b[2J'), text.includes('\u202e')]).toEqual([false, false]);
    }
  });
});

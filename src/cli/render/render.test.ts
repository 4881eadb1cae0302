import { describe, expect, it } from 'vitest';
import { PlinthError } from '../../errors/index.ts';
import { formatError } from './error.ts';
import { formatAge, formatDuration, formatSeconds, formatSize, shortId } from './human.ts';
import { createStyle, styleFor } from './style.ts';
import { formatTable } from './table.ts';
import { textWidth, truncateText } from './terminal-text.ts';

const plain = createStyle(false);

describe('formatSize', () => {
  it.each([
    [0, '0B'],
    [999, '999B'],
    [1000, '1kB'],
    [1500, '1.5kB'],
    [3_146_123, '3.15MB'],
    [123_456, '123kB'],
    [999_499, '999kB'],
    [999_500, '1MB'],
    [2_000_000_000, '2GB'],
  ])('%d → %s', (sizeBytes, expected) => expect(formatSize(sizeBytes)).toBe(expected));
});

describe('formatDuration', () => {
  const hour = 3600;
  it.each([
    [0, 'Less than a second'],
    [1, '1 second'],
    [59, '59 seconds'],
    [60, 'About a minute'],
    [120, '2 minutes'],
    [hour, 'About an hour'],
    [3 * hour, '3 hours'],
    [48 * hour, '2 days'],
    [14 * 24 * hour, '2 weeks'],
    [61 * 24 * hour, '2 months'],
    [3 * 365 * 24 * hour, '3 years'],
  ])('%d s → %s', (seconds, expected) => expect(formatDuration(seconds * 1000)).toBe(expected));

  it('says how long ago, never in the future', () => {
    expect(formatAge(10_000, 130_000)).toBe('2 minutes ago');
    expect(formatAge(10_000, 0)).toBe('Less than a second ago');
    expect(formatAge(undefined, 0)).toBe('N/A');
    expect(formatSeconds(65_240)).toBe('65.2s');
  });
});

it('shortens ids', () => expect(shortId(`sha256:${'ab'.repeat(32)}`)).toBe('abababababab'));

describe('terminal text', () => {
  it.each([
    ['abc', 3],
    ['日本語', 6],
    ['é', 1],
    ['e\u0301', 1],
    ['👩‍👩‍👧', 2],
    ['ﬀ', 1],
    ['\u200b', 0],
  ])('%j takes %d cells', (given, width) => expect(textWidth(given)).toBe(width));

  it.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdef', 5, 'abcd…'],
    ['日本語', 5, '日本…'],
    ['日本語', 4, '日…'],
    ['abc', 1, '…'],
    ['abc', 0, ''],
  ])('cuts %j to %d', (given, columns, expected) => expect(truncateText(given, columns)).toBe(expected));
});

it('aligns columns by what the terminal shows, and shows control characters', () => {
  expect(
    formatTable(
      ['NAME', 'SIZE'],
      [
        ['日本', '1B'],
        ['a\x1b[31m', '22B'],
      ],
    ),
  ).toBe('NAME        SIZE\n日本        1B\na\\x1b[31m   22B\n');
});

it('formatTable sets numbers to the right and cuts the last column to the terminal', () => {
  const rows = [
    ['1B', 'a name that is too long for it'],
    ['22.5MB', 'b'],
  ];
  expect(formatTable(['SIZE', 'NAME'], rows, { right: [0], columns: 30 })).toBe(
    '  SIZE   NAME\n    1B   a name that is too l…\n22.5MB   b\n',
  );
  expect(formatTable(['SIZE', 'NAME'], rows, { columns: 3 })).toContain('a name that is …\n');
});

describe('styleFor', () => {
  const terminal = { isTerminal: true, write: () => {} };
  const pipe = { isTerminal: false, write: () => {} };
  it.each([
    ['a terminal', terminal, {}, true],
    ['a pipe', pipe, {}, false],
    ['NO_COLOR', terminal, { NO_COLOR: '1' }, false],
    ['an empty NO_COLOR', terminal, { NO_COLOR: '' }, true],
    ['FORCE_COLOR in a pipe', pipe, { FORCE_COLOR: '1' }, true],
    ['FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, false],
    ['a dumb terminal', terminal, { TERM: 'dumb' }, false],
  ])('%s', (_, output, env, colour) => expect(styleFor(output, env).colour).toBe(colour));
});

describe('formatError', () => {
  const format = (error: unknown, debug = false) => formatError(error, { style: plain, debug });

  it('shows message and hint', () => {
    const error = new PlinthError('read image x: not found', { code: 'image-not-found', hint: 'Did you mean y?' });
    expect(format(error)).toBe('error: read image x: not found\nhint: Did you mean y?\n');
  });

  it('shows the place in the whole source, with its neighbours', () => {
    const source = 'FROM scratch\nRUN a\n\tCOPPY x y\nRUN b\nRUN c\nRUN d\n';
    const range = { start: { line: 3, column: 2 }, end: { line: 3, column: 7 } };
    const error = new PlinthError('read Dockerfile, line 3: bad', { code: 'x', details: { source, range, file: 'D' } });
    expect(format(error)).toBe(
      [
        'error: read Dockerfile, line 3: bad',
        '  ┌ D:3:2',
        '1 │ FROM scratch',
        '2 │ RUN a',
        '3 │  COPPY x y',
        '  │  ^^^^^',
        '4 │ RUN b',
        '5 │ RUN c',
        '',
      ].join('\n'),
    );
  });

  it('shows an excerpt that begins at the line', () => {
    const details = { file: 'D', line: 9, endLine: 10, excerpt: 'RUN a \\\n  && b' };
    expect(format(new PlinthError('m', { code: 'x', details }))).toBe(
      'error: m\n   ┌ D:9\n 9 │ RUN a \\\n10 │   && b\n',
    );
  });

  it('shows every problem', () => {
    const problem = (line: number) =>
      new PlinthError(`line ${line} is bad`, { code: 'x', details: { range: { start: { line, column: 1 } } } });
    const details = { problems: [problem(1), problem(2)], line: 1, source: 'a\nb', file: 'D' };
    expect(format(new PlinthError('2 problems', { code: 'x', details }))).toMatch(
      /^error: 2 problems\n.*D:1\n.*also: line 2 is bad\n {2}┌ D:2:1\n/s,
    );
  });

  it('adds code, details, causes and stack for debugging', () => {
    const cause = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    const text = format(new PlinthError('m', { code: 'some-code', cause, details: { path: '/p' } }), true);
    expect(text).toMatch(
      /code: some-code\ndetails:\n {2}path: "\/p"\n {4}at .*caused by: EACCES: permission denied \(EACCES\)/s,
    );
  });

  it('says of anything else that it is a bug, with the stack', () => {
    expect(format(new TypeError('x is not a function'))).toMatch(
      /^error: x is not a function\nhint: This is a bug.*\n {4}at /s,
    );
  });

  it('survives a chain of causes that leads back to itself', () => {
    const error = new PlinthError('m', { code: 'x' });
    error.cause = error;
    expect(format(error, true)).toContain('caused by: m (x)');
  });
});

import { describe, expect, it } from 'vitest';
import { nearMiss } from '../errors/index.ts';
import { parseDurationNs } from './duration.ts';
import { parsePorts } from './port.ts';
import { renderSourceExcerpt } from './source-excerpt.ts';
import { isSignal } from './stop-signal.ts';

describe('parseDurationNs', () => {
  it.each([
    ['0', 0],
    ['-0', 0],
    ['1ns', 1],
    ['1us', 1e3],
    ['1µs', 1e3],
    ['1μs', 1e3],
    ['1ms', 1e6],
    ['1s', 1e9],
    ['1m', 60e9],
    ['1h', 3600e9],
    ['1h1m1s', 3661e9],
    ['1.5s', 1.5e9],
    ['.5s', 5e8],
    ['1.s', 1e9],
    ['+2s', 2e9],
    ['-2s', -2e9],
    ['2562047h47m16.854775807s', 2 ** 63],
    ['0.0000000001s', 0],
    ['', undefined],
    ['1', undefined],
    ['s', undefined],
    ['.s', undefined],
    ['1 s', undefined],
    ['1d', undefined],
    ['1s1', undefined],
    ['2562048h', undefined],
    ['1e3s', undefined],
  ])('reads %j', (text, wanted) => {
    expect(parseDurationNs(text)).toBe(wanted);
  });
});

describe('parsePorts', () => {
  it.each([
    ['80', ['80/tcp']],
    ['80/udp', ['80/udp']],
    ['80/SCTP', ['80/sctp']],
    ['80/', ['80/tcp']],
    ['1-3', ['1/tcp', '2/tcp', '3/tcp']],
    ['3-3/udp', ['3/udp']],
    ['0', ['0/tcp']],
    ['65535', ['65535/tcp']],
    ['8080:80', ['80/tcp']],
    ['127.0.0.1:8080:80/udp', ['80/udp']],
    ['8000-8001:80-81', ['80/tcp', '81/tcp']],
  ])('reads %s', (text, wanted) => {
    expect(parsePorts(text)).toEqual(wanted);
  });

  it.each(['', '/tcp', 'a', '-1', '1-', '-', '3-1', '65536', '1.5', '80/icmp', '80/tcp/udp', 'x:80', '1-2:80-82'])(
    'refuses %j',
    (text) => {
      expect(typeof parsePorts(text)).toBe('string');
    },
  );
});

describe('isSignal', () => {
  it.each(['SIGTERM', 'TERM', 'sigterm', 'kill', '9', '15', 'RTMIN', 'SIGRTMIN+3', 'SIGRTMAX-14', 'IOT', 'cld'])(
    'takes %s',
    (text) => {
      expect(isSignal(text)).toBe(true);
    },
  );

  it.each(['', '0', 'SIG', 'SIGFOO', 'RTMIN+16', 'RTMAX-15', 'RTMIN-1', '1x', 'TERM '])('refuses %j', (text) => {
    expect(isSignal(text)).toBe(false);
  });
});

describe('nearMiss', () => {
  it.each([
    ['FORM', 'FROM'],
    ['cpoy', 'COPY'],
    ['EXPOSEE', 'EXPOSE'],
    ['RN', 'RUN'],
    ['XYZZY', undefined],
    ['', undefined],
  ])('of %j is %s', (word, wanted) => {
    expect(nearMiss(word, ['FROM', 'COPY', 'RUN', 'EXPOSE'])).toBe(wanted);
  });
});

describe('renderSourceExcerpt', () => {
  const text = ['FROM a', '', '\tRUN x \\', '    y', 'COPY b c', 'CMD d', ''].join('\n');
  const range = (line: number, column: number, endLine: number, endColumn: number) => ({
    start: { line, column },
    end: { line: endLine, column: endColumn },
  });

  it('marks and underlines a part of a line', () => {
    expect(renderSourceExcerpt(text, range(5, 6, 5, 7))).toBe(
      [' 3 |      RUN x \\', ' 4 |         y', ' 5 | >>> COPY b c', '   |          ^', ' 6 |     CMD d'].join('\n'),
    );
  });

  it('marks several lines', () => {
    expect(renderSourceExcerpt(text, range(3, 2, 4, 6))).toBe(
      [' 1 |     FROM a', ' 2 |', ' 3 | >>>  RUN x \\', ' 4 | >>>     y', ' 5 |     COPY b c', ' 6 |     CMD d'].join(
        '\n',
      ),
    );
  });

  it('shows control characters as such and cuts what is long', () => {
    const shown = renderSourceExcerpt(`RUN \u001b[31m\u202e${'x'.repeat(500)}\r\n`, range(1, 1, 1, 4));
    expect(shown).toContain('>>> RUN �[31m�xxx');
    expect(shown).toContain('…');
    expect(shown.length).toBeLessThan(250);
  });

  it('shows the start of what is very long', () => {
    const lines = Array.from({ length: 100 }, (_, index) => `line ${index + 1}`).join('\n');
    const shown = renderSourceExcerpt(lines, range(10, 1, 90, 1)).split('\n');
    expect(shown).toHaveLength(16);
    expect(shown.at(2)).toBe(' 10 | >>> line 10');
  });
});

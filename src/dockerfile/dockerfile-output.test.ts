// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the words of a Dockerfile, not of JavaScript.
import { describe, expect, it } from 'vitest';
import { dockerfileExpandOutput, dockerfileParseOutput } from './dockerfile-output.ts';

describe('dockerfileParseOutput', () => {
  it('prints every field of every instruction', () => {
    const output = dockerfileParseOutput('FROM a\nONBUILD COPY --link <<-"E" /x\n\tb\nE\n');
    expect(JSON.parse(output)).toEqual([
      { name: 'from', flags: [], args: ['a'], json: false, line: 1, endLine: 1, heredocs: [], sub: null },
      {
        name: 'onbuild',
        flags: [],
        args: [],
        json: false,
        line: 2,
        endLine: 4,
        heredocs: [{ name: 'E', content: '\tb\n', expand: false, chomp: true, fd: 0 }],
        sub: {
          name: 'copy',
          flags: ['--link'],
          args: ['<<-"E"', '/x'],
          json: false,
          line: 2,
          endLine: 4,
          heredocs: [],
          sub: null,
        },
      },
    ]);
    expect(output.endsWith(']\n')).toBe(true);
  });

  it('prints what only the builder refuses', () => {
    const nodes = JSON.parse(dockerfileParseOutput('RUN x\nFROM a b\nSHELL sh\nEXPOSE x\n')) as { args: string[] }[];
    expect(nodes.map(({ args }) => args)).toEqual([['x'], ['a', 'b'], ['sh'], ['x']]);
  });

  it('refuses lines of 64 KiB and more', () => {
    expect(dockerfileParseOutput(`FROM ${'a'.repeat(65_530)}\n`)).toContain('aaaa');
    for (const line of [`FROM ${'a'.repeat(65_531)}`, `FROM ${'é'.repeat(32_766)}`]) {
      expect(() => dockerfileParseOutput(line)).toThrow(expect.objectContaining({ code: 'dockerfile-line-too-long' }));
    }
  });
});

describe('dockerfileExpandOutput', () => {
  const ask = (requests: unknown): unknown => JSON.parse(dockerfileExpandOutput(JSON.stringify(requests)));

  it('answers in order, with values, lists and errors', () => {
    expect(
      ask([
        { word: '$a/x', env: ['a=1', 'a=2'], mode: 'word' },
        { word: '$a "b c"', env: { a: 'x y' }, mode: 'words' },
        { word: '${a', env: [], mode: 'word' },
        { word: '`$a', env: [], mode: 'word', escape: '`' },
        { word: '${a-unset}${b-unset}', env: ['a', 'b='], mode: 'word' },
        { word: '$a', env: ['a=b=c'] },
        { word: '' },
        { word: '', mode: 'words', env: null },
      ]),
    ).toEqual([
      { value: '2/x' },
      { values: ['x', 'y', 'b c'] },
      { error: 'failed to process "${a": unsupported modifier () in substitution' },
      { value: '$a' },
      { value: '' },
      { value: 'b=c' },
      { value: '' },
      { values: [] },
    ]);
    expect(dockerfileExpandOutput('[]')).toBe('[]\n');
  });

  it.each([
    '',
    '{}',
    'null',
    '[1]',
    '[{}]',
    '[{"word":1}]',
    '[{"word":"a","mode":"x"}]',
    '[{"word":"a","env":1}]',
    '[{"word":"a","env":[1]}]',
    '[{"word":"a","env":{"b":1}}]',
    '[{"word":"a","escape":"x"}]',
  ])('refuses %j', (json) => {
    expect(() => dockerfileExpandOutput(json)).toThrow(expect.objectContaining({ code: 'dockerfile-request-invalid' }));
  });
});

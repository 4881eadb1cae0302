import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPlinthError } from '../errors/index.ts';
import { readDockerfile } from './dockerfile.ts';
import { dockerfileErrors } from './dockerfile-error.ts';
import { dockerfileExpandOutput, dockerfileParseOutput } from './dockerfile-output.ts';
import { expandWord, expandWords } from './expansion.ts';
import { renderSourceExcerpt } from './source-excerpt.ts';
import { parseSyntax } from './syntax.ts';

/** An instruction to be printed, and what must be read from it. */
interface Sample {
  readonly lines: readonly string[];
  readonly name: string;
  readonly args: readonly string[];
  readonly json: boolean;
  readonly heredocs: readonly { name: string; content: string }[];
}

const word = fc.stringMatching(/^[a-z0-9./:_é🙂-]{1,8}$/u).filter((text) => !text.startsWith('--'));
const plainText = fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join(' '));
const anyString = fc.string({ unit: 'grapheme', maxLength: 10 }).map((text) => text.toWellFormed());
const bodyLine = fc.stringMatching(/^[ -~\t]{0,12}$/).filter((line) => line !== 'EOF');

const jsonSample = fc
  .record({ name: fc.constantFrom('run', 'cmd', 'copy', 'volume', 'shell'), args: fc.array(anyString) })
  .map(
    ({ name, args }): Sample => ({
      lines: [`${name.toUpperCase()} ${JSON.stringify(args)}`],
      name,
      args,
      json: true,
      heredocs: [],
    }),
  );

const textSample = fc
  .record({ name: fc.constantFrom('run', 'cmd', 'user', 'workdir', 'maintainer'), text: plainText })
  .map(({ name, text }): Sample => ({ lines: [`${name} ${text}`], name, args: [text], json: false, heredocs: [] }));

const wordsSample = fc
  .record({
    name: fc.constantFrom('from', 'expose', 'arg', 'copy', 'add'),
    words: fc.array(word, { minLength: 1, maxLength: 4 }),
  })
  .map(
    ({ name, words }): Sample => ({
      lines: [`${name} ${words.join('  ')}`],
      name,
      args: words,
      json: false,
      heredocs: [],
    }),
  );

const envSample = fc
  .array(fc.tuple(fc.stringMatching(/^[a-z_]{1,5}$/), anyString), { minLength: 1, maxLength: 3 })
  .map((pairs) => {
    const raw = pairs.map(([name, value]) => [
      name,
      `"${value.replaceAll(/["\\$]/g, '\\$&').replaceAll(/[\r\n]/g, ' ')}"`,
    ]);
    const args = raw.flatMap(([name = '', value = '']) => [name, value, '=']);
    const sample: Sample = {
      lines: [`ENV ${raw.map(([name, value]) => `${name}=${value}`).join(' ')}`],
      name: 'env',
      args,
      json: false,
      heredocs: [],
    };
    return sample;
  });

const heredocSample = fc.array(bodyLine, { maxLength: 4 }).map(
  (body): Sample => ({
    lines: ['RUN cat <<EOF', ...body, 'EOF'],
    name: 'run',
    args: ['cat <<EOF'],
    json: false,
    heredocs: [{ name: 'EOF', content: body.map((line) => `${line}\n`).join('') }],
  }),
);

const sample = fc.oneof(jsonSample, textSample, wordsSample, envSample, heredocSample);
const noise = fc.array(fc.constantFrom('', '   ', '# comment', '  # indented'), { maxLength: 2 });

/** Text that is rich in what the language gives a meaning. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'FROM',
        'RUN ',
        'ENV ',
        'COPY ',
        'ONBUILD ',
        'HEALTHCHECK ',
        'LABEL ',
        'ARG ',
        '#',
        '# escape=`\n',
        '\\',
        '\\\n',
        '`',
      ),
      fc.constantFrom(
        '\n',
        '\r\n',
        ' ',
        '\t',
        '"',
        "'",
        '<<',
        '<<EOF',
        '-',
        '--',
        '--a=',
        '=',
        '[',
        ']',
        '["a"]',
        'EOF\n',
        '$',
        '${',
        '}',
        ':-',
      ),
      fc.constantFrom('/', '*', '?', '\0', '\uFEFF', '\u0085', '\u00a0', '\ud800', '🙂', 'a', 'x=y'),
      fc.string({ maxLength: 3 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''));

function expectTyped(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    expect(isPlinthError(error) && Object.hasOwn(dockerfileErrors, error.code), String(error)).toBe(true);
  }
}

describe('any Dockerfile', () => {
  it('is read back as it was printed, with its lines', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(noise, sample), { minLength: 1, maxLength: 6 }),
        fc.constantFrom('\n', '\r\n'),
        (parts, feed) => {
          const lines: string[] = [];
          const wanted = parts.map(([before, { lines: own, ...node }]) => {
            lines.push(...before);
            const line = lines.length + 1;
            lines.push(...own);
            return { ...node, line, endLine: lines.length };
          });
          const text = lines.map((line) => line + feed).join('');
          const read = parseSyntax(text).nodes.map((node) => ({
            name: node.name,
            args: node.args.map((arg) => arg.text),
            json: node.isJson,
            heredocs: node.heredocs.map(({ name, content }) => ({ name, content: content.replaceAll('\r\n', '\n') })),
            line: node.line,
            endLine: node.endLine,
          }));
          expect(read).toEqual(wanted.map((node) => ({ ...node })));
        },
      ),
    );
  });

  it('reads the same when blanks are turned into continuations', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 2, maxLength: 6 }), fc.array(noise), (words, between) => {
        const joined = words.map(
          (text, index) => `${text} \\\n${(between[index] ?? []).map((line) => `${line}\n`).join('')}`,
        );
        const [node] = parseSyntax(`EXPOSE ${joined.join('')}`).nodes;
        expect(node?.args.map((arg) => arg.text)).toEqual(words);
      }),
    );
  });

  it('gives a value or a typed error', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expectTyped(() => dockerfileParseOutput(text));
        expectTyped(() => readDockerfile(text));
      }),
      { numRuns: 3_000 },
    );
  });

  it('has its problems within the file', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const count = text.split('\n').length;
        try {
          readDockerfile(text);
        } catch (error) {
          if (!isPlinthError(error)) throw error;
          const range = error.details.range as { start: { line: number; column: number }; end: { line: number } };
          expect(range.start.line).toBeGreaterThan(0);
          expect(range.start.column).toBeGreaterThan(0);
          expect(range.end.line).toBeLessThanOrEqual(count);
          expect(range.end.line).toBeGreaterThanOrEqual(range.start.line);
          expect(renderSourceExcerpt(text, range as never)).toContain('>>>');
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('any word', () => {
  const env = new Map([
    ['a', 'A b'],
    ['x', ''],
  ]);

  it('expands to a value or a typed error', () => {
    fc.assert(
      fc.property(hostile, fc.constantFrom('\\' as const, '`' as const), (text, escaper) => {
        expectTyped(() => expandWord(text, env, { escape: escaper }));
        expectTyped(() => expandWords(text, env, { escape: escaper, rawQuotes: true, keepUnset: true }));
      }),
      { numRuns: 3_000 },
    );
  });

  it('comes back from double quotes', () => {
    fc.assert(
      fc.property(anyString, (text) => {
        expect(expandWord(`"${text.replaceAll(/["\\$]/g, '\\$&')}"`, env)).toBe(text);
      }),
    );
  });

  it('has the text of its words', () => {
    fc.assert(
      fc.property(fc.array(word), (words) => {
        expect(expandWords(words.join('  '), env)).toEqual(words);
      }),
    );
  });

  it('is asked for in any form and answered or refused', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (json) => {
        expectTyped(() => dockerfileExpandOutput(json));
      }),
    );
  });
});

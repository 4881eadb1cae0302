import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PlinthError } from '../errors/index.ts';
import { dockerfileParseOutput, problemRange, problemsOf, readDockerfile, renderSourceExcerpt } from './index.ts';

const GOLDEN = join(import.meta.dirname, 'golden');
const UPDATES = process.env.PLINTH_UPDATE_GOLDEN === '1';

function cases(kind: string): string[] {
  return readdirSync(join(GOLDEN, kind)).sort();
}

/** Compares `actual` with the file, or writes it there if that was asked for. */
function expectGolden(path: string, actual: string): void {
  if (UPDATES) writeFileSync(path, actual);
  expect(existsSync(path), `${path} exists`).toBe(true);
  expect(actual).toBe(readFileSync(path, 'utf8'));
}

/** One instruction a line, so that a change shows as one. */
function compact(json: string): string {
  const nodes = JSON.parse(json) as unknown[];
  return `[\n${nodes.map((node) => JSON.stringify(node)).join(',\n')}\n]\n`;
}

function describeProblems(text: string): string {
  const problems: readonly PlinthError[] = problemsIn(text);
  return problems
    .map((problem) => {
      const range = problemRange(problem);
      const excerpt = range === undefined ? '' : renderSourceExcerpt(text, range);
      return `${problem.code}\n${problem.message}\n${problem.hint ?? '(no hint)'}\n${excerpt}\n`;
    })
    .join('\n');
}

function problemsIn(text: string): readonly PlinthError[] {
  try {
    readDockerfile(text);
    return [];
  } catch (error) {
    return problemsOf(error as PlinthError);
  }
}

describe('golden Dockerfiles', () => {
  it.each(cases('valid'))('cuts %s', (name) => {
    const directory = join(GOLDEN, 'valid', name);
    const text = readFileSync(join(directory, 'Dockerfile'), 'utf8');
    expectGolden(join(directory, 'syntax.json'), compact(dockerfileParseOutput(text)));
  });

  it.each(cases('invalid'))('refuses %s', (name) => {
    const directory = join(GOLDEN, 'invalid', name);
    const text = readFileSync(join(directory, 'Dockerfile'), 'utf8');
    const problems = describeProblems(text);
    expect(problems).not.toBe('');
    expectGolden(join(directory, 'problems.txt'), problems);
  });
});

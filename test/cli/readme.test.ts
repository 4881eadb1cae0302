import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PLINTH } from '../support/plinth.ts';

const README = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8');
const TOUR = README.slice(README.indexOf('## A tour'), README.indexOf('## Without root'));
/** Commands, and what they print if the block after them says so. */
const STOPS = [...TOUR.matchAll(/^```sh\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```$)?/gm)].map(
  ([, commands = '', output]) => ({ commands, output }),
);

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'plinth-readme-'));
  mkdirSync(join(scratch, 'bin'));
  mkdirSync(join(scratch, 'work'));
  writeFileSync(join(scratch, 'bin/plinth'), `#!/bin/sh\nexec '${PLINTH.join("' '")}' "$@"\n`);
  chmodSync(join(scratch, 'bin/plinth'), 0o755);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Without what differs from machine to machine and from run to run: numbers, ids, ages, where BusyBox came from, widths. */
function comparable(text: string): string {
  return text
    .replace(/(sha256:)?\b([0-9a-f]{64}|[0-9a-f]{12})\b/g, 'ID')
    .replace(/ (\d+|About an?|Less than a) \w+ ago/g, ' AGO')
    .replace(/ from \S+, \d+ commands/g, ' from SOMEWHERE')
    .replace(/\d+(\.\d+)*(s|B|kB|MB)?\b/g, 'N')
    .replace(/ +/g, ' ');
}

it('has a tour', () => {
  expect(STOPS.length).toBeGreaterThan(5);
  expect(STOPS.filter(({ output }) => output !== undefined).length).toBeGreaterThan(5);
});

it.each(STOPS)('$commands', ({ commands, output }) => {
  const { PLINTH_ROOT: _, NODE_EXTRA_CA_CERTS: __, SOURCE_DATE_EPOCH: ___, ...env } = process.env;
  const result = spawnSync('sh', ['-ec', `exec 2>&1\n${commands}`], {
    cwd: join(scratch, 'work'),
    env: { ...env, PATH: `${join(scratch, 'bin')}:${env.PATH}`, PLINTH_ROOT: join(scratch, 'store'), NO_COLOR: '1' },
    encoding: 'utf8',
  });
  expect(result.status, result.stdout).toBe(0);
  if (output !== undefined) expect(comparable(result.stdout)).toBe(comparable(output));
});

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PLINTH } from '../support/plinth.ts';
import { type ContainerPlace, makePlace, users } from './container-place.ts';

// A container that held our own streams could empty, chmod or not open again what they lead to. Needs root and Debian's
// busybox-static and uidmap.

describe.each(users('pl-streams'))('streams of %s', (_, userName) => {
  let place: ContainerPlace;
  beforeAll(() => {
    place = makePlace(userName);
  });
  afterAll(() => place.remove());

  /** Runs the shell command `around` with the command line, written `"$@"`. */
  const inShell = (around: string, ...args: string[]) =>
    spawnSync('sh', ['-c', around, 'sh', ...(place.user?.wrapper ?? []), ...PLINTH, '--root', place.store, ...args], {
      cwd: place.directory,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, ...place.user?.env },
      timeout: 60_000,
    });

  it.each(['0', '1000'])('can be opened again by user %s, and keep what is in a file', (user) => {
    const script = 'echo one > /dev/stdout; echo two > /dev/stdout; echo err > /dev/stderr';
    const { status, stderr } = inShell('"$@" > out', 'run', '--rm', '-u', user, 'mini', 'sh', '-c', script);
    expect([status, stderr, readFileSync(join(place.directory, 'out'), 'utf8')]).toEqual([0, 'err\n', 'one\ntwo\n']);
  });

  it('do not change the file that is read', () => {
    writeFileSync(join(place.directory, 'in'), 'content\n');
    const script = 'cat; echo changed > /proc/self/fd/0';
    expect(inShell('"$@" < in', 'run', '--rm', '-i', 'mini', 'sh', '-c', script).stdout).toBe('content\n');
    expect(readFileSync(join(place.directory, 'in'), 'utf8')).toBe('content\n');
  });

  it('can be opened again in a RUN step', () => {
    writeFileSync(
      join(place.directory, 'Dockerfile'),
      'FROM mini\nRUN echo out > /dev/stdout; echo err > /dev/stderr\n',
    );
    const { status, stderr } = inShell(
      '"$@" < Dockerfile',
      'build',
      '--no-cache',
      '--progress',
      'plain',
      '-f',
      '-',
      '.',
    );
    expect(stderr).toMatch(/out\n(.*\n)*.*err\n/);
    expect(status).toBe(0);
  });
});

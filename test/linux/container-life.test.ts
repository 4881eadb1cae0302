import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  buildImage,
  buildMini,
  type ContainerPlace,
  makePlace,
  processesWith,
  until,
  users,
} from './container-place.ts';

const WAIT = 'echo ready; while :; do sleep 0.05; done';

describe.each(users('plinth-life'))('containers of %s', (_, userName) => {
  let place: ContainerPlace;
  beforeAll(() => {
    place = makePlace(userName);
  });
  afterAll(() => place.remove());

  const contents = (name: string): string[] => readdirSync(join(place.store, name));

  it('exactly one of two gets a name', async () => {
    const runs = [1, 2].map(() => place.start(['run', '--name', 'x', 'mini', 'sh', '-c', 'sleep 0.3; echo ran']));
    const statuses = await Promise.all(runs.map((run) => run.ended));
    expect([...statuses].sort()).toEqual([0, 125]);
    const loser = runs[statuses.indexOf(125)];
    expect(loser?.output()).toContain('error: name container: "x" is taken');
    expect(loser?.output()).toContain('plinth rm x');
    expect(place.plinth(['rm', 'x']).status).toBe(0);
    expect(contents('containers')).toEqual([]);
    expect(contents('names')).toEqual([]);
  });

  it('nothing runs or is mounted after Plinth was killed, and prune removes what is left', async () => {
    const gone = place.start(['run', '--rm', '--name', 'gone', 'mini', 'sh', '-c', WAIT]);
    const kept = place.start(['run', '--name', 'kept', 'mini', 'sh', '-c', WAIT]);
    for (const run of [gone, kept]) {
      await run.printed('ready');
      process.kill(run.pid, 'SIGKILL');
      expect(await run.ended).toBe('SIGKILL');
    }
    await until(() => processesWith(place.store).length === 0, 'the end of all processes');
    await until(() => processesWith(WAIT).length === 0, 'the end of the containers');
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(place.store);
    expect(place.plinth(['ps', '-q']).stdout).toBe('');
    expect(place.plinth(['ps', '-a']).stdout).toMatch(/Exited \(137\).* kept\n$/);
    expect(place.plinth(['ps', '-aq']).stdout.trim().split('\n')).toHaveLength(1);
    expect(contents('names').sort()).toEqual(['gone', 'kept']);
    expect(place.plinth(['prune'])).toMatchObject({ status: 0 });
    expect(contents('names')).toEqual(['kept']);
    expect(contents('containers')).toHaveLength(1);
    expect(contents('tmp')).toEqual([]);
    expect(place.plinth(['rm', 'kept']).status).toBe(0);
  });

  it('the name of one that was killed can be taken at once', async () => {
    const run = place.start(['run', '--rm', '--name', 'again', 'mini', 'sh', '-c', WAIT]);
    await run.printed('ready');
    process.kill(run.pid, 'SIGKILL');
    await run.ended;
    await until(() => processesWith(place.store).length === 0, 'the end of all processes');
    expect(place.plinth(['run', '--rm', '--name', 'again', 'mini', 'echo', 'ran'])).toMatchObject({ stdout: 'ran\n' });
  });

  it('a running one is kept from rm and prune, and killed by rm -f', async () => {
    buildImage(place, 'other', 'FROM mini\nRUN echo other >/name\n');
    const run = place.start([
      'run',
      '--name',
      'busy',
      'other',
      'sh',
      '-c',
      'echo ready; trap "cat /name; exit 4" TERM; while :; do sleep 0.05; done',
    ]);
    await run.printed('ready');
    expect(place.plinth(['rm', 'busy']).stderr).toContain('it is running');
    expect(place.plinth(['ps']).stdout).toMatch(/ Up .*busy\n$/);
    expect(place.plinth(['rmi', 'other']).status).toBe(1);
    expect(place.plinth(['prune', '--all']).status).toBe(0);
    buildMini(place);
    process.kill(run.pid, 'SIGTERM');
    expect(await run.ended).toBe(4);
    expect(run.output()).toBe('ready\nother\n');
    expect(place.plinth(['rm', 'busy']).status).toBe(0);
    const forced = place.start(['run', '--name', 'forced', 'other', 'sh', '-c', WAIT]);
    await forced.printed('ready');
    expect(place.plinth(['rm', '-f', 'forced']).status).toBe(0);
    await forced.ended;
    expect(contents('containers')).toEqual([]);
    expect(contents('names')).toEqual([]);
  });

  it('begin while everything unused is pruned', async () => {
    for (let round = 0; round < 4; round++) {
      const name = `round-${round}`;
      buildImage(place, name, `FROM mini\nRUN echo ${round} >/round\n`);
      const prune = place.start(['prune', '--all']);
      const run = place.start(['run', '--rm', name, 'cat', '/round']);
      const [, status] = await Promise.all([prune.ended, run.ended]);
      // The prune may have been first: then there is no such image.
      if (status === 0) expect(run.output()).toBe(`${round}\n`);
      else expect(run.output()).toMatch(/^error: (find image|read blob)/);
      buildMini(place);
    }
  });

  it('see after a RUN step what its layer says, also clamped times', () => {
    const input =
      'FROM mini\nRUN touch /late && mkdir /dir && touch /dir/late && nc -lU /dir/socket & sleep 0.2\nRUN true\n';
    const env = { SOURCE_DATE_EPOCH: '1000000000' };
    expect(place.plinth(['build', '-q', '--no-cache', '-t', 'clamped', '-'], { input, env }).status).toBe(0);
    const list = ['run', '--rm', 'clamped', 'sh', '-c', 'stat -c "%n %Y" / /late /dir /dir/*'];
    const adopted = place.plinth(list).stdout;
    expect(adopted).toBe('/ 1000000000\n/late 1000000000\n/dir 1000000000\n/dir/late 1000000000\n');
    execFileSync('rm', ['-rf', ...contents('snapshots').map((name) => join(place.store, 'snapshots', name))]);
    expect(place.plinth(list).stdout).toBe(adopted);
  });

  it('of a large image start without a look at its layers', () => {
    buildImage(place, 'seen', 'FROM mini\nRUN touch /there\n');
    expect(place.plinth(['run', '--rm', 'seen', 'true']).status).toBe(0);
    for (const name of contents('layers')) execFileSync('rm', [join(place.store, 'layers', name)]);
    expect(place.plinth(['run', '--rm', '-u', 'root', '-w', '/tmp', 'seen', 'ls', '/there']).stdout).toBe('/there\n');
    // An index that is read and missing is made again.
    expect(contents('layers')).toEqual([]);
  });
});

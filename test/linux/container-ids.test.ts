import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PLINTH, type PlinthResult } from '../support/plinth.ts';
import { buildImage, type ContainerPlace, makePlace, shell } from './container-place.ts';

const NAME = 'plinth-ids';

describe('an ordinary user with one id alone', () => {
  let place: ContainerPlace;
  beforeAll(() => {
    place = makePlace(NAME);
    buildImage(place, 'owned', 'FROM mini\nRUN touch /file && chown 33:44 /file\n');
    // Snapshots of the image of several ids must be made anew.
    shell('rm -rf "$1"/snapshots/*', place.store);
  });
  afterAll(() => place.remove());

  /** Runs the command where one of the files that grant ids is another. */
  function without(what: 'subuid' | 'newuidmap', args: readonly string[]): PlinthResult {
    const { wrapper = [], env = {} } = place.user ?? {};
    const empty = join(place.directory, 'empty');
    writeFileSync(empty, readFileSync('/etc/subuid', 'utf8').replace(new RegExp(`^${NAME}:.*\\n`, 'gm'), ''));
    const hide =
      what === 'subuid'
        ? `mount --bind ${empty} /etc/subuid`
        : `cd ${place.directory}; rm -rf tools; mkdir -p tools/u tools/w; mount -t overlay o -o lowerdir=/usr/bin,upperdir=tools/u,workdir=tools/w /usr/bin; rm /usr/bin/newuidmap`;
    const environment = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const words = [...wrapper, 'env', '-u', 'NODE_EXTRA_CA_CERTS', ...environment, ...PLINTH, '--root', place.store];
    const script = `${hide}; cd ${place.directory}; "$@"; echo "status $?"`;
    const out = join(place.directory, 'stderr');
    const stdout = shell(
      `unshare -m --propagation private bash -c "$1" bash "\${@:3}" 2>"$2"`,
      script,
      out,
      ...words,
      ...args,
    );
    const status = Number(/status (\d+)\n$/.exec(stdout)?.[1]);
    return { status, stdout: stdout.replace(/status \d+\n$/, ''), stderr: readFileSync(out, 'utf8') };
  }

  const LACKS = [
    ['subuid', 'read /etc/subuid: no range of ids for plinth-ids', 'usermod --add-subuids'],
    ['newuidmap', 'newuidmap is not installed', 'apt-get install uidmap'],
  ] as const;

  it.each(LACKS)('without %s runs what is all of root', (what) => {
    expect(without(what, ['run', '--rm', 'mini', 'id', '-u'])).toMatchObject({ status: 0, stdout: '0\n' });
  });

  it.each(LACKS)('without %s is told what to do where more are needed', (what, fact, command) => {
    for (const args of [
      ['owned', 'true'],
      ['-u', '33', 'mini', 'true'],
    ]) {
      const { status, stderr } = without(what, ['run', '--rm', ...args]);
      expect(status).toBe(125);
      expect(stderr).toContain(fact);
      expect(stderr).toContain(command);
    }
  });
});

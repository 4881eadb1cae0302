import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plinth, plinthOk } from '../support/plinth.ts';
import { shell } from './container-place.ts';

/** A step that changes much, with times that do not depend on the moment. */
const DOCKERFILE = `FROM mini
RUN rm /etc/group && mkdir -m 711 /d && echo hi >/d/f && ln /d/f /d/g && ln -s f /d/s && mkfifo /d/p \\
  && chown 3:4 /d/f && touch /late && chmod 600 /etc/passwd \\
  && for f in /d/f /d/s /d/p /d /etc /late /; do touch -h -d @1000000000 $f; done
RUN cat /d/g && test -e /proc/self && rm -r /d
RUN test ! -e /d
`;

describe('a store on a file system that carries no overlay', () => {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'plinth-copy-'));
    for (const name of ['lower', 'upper', 'work', 'merged']) mkdirSync(join(directory, name));
    shell('cd "$1" && mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged', directory);
  });
  afterAll(() => {
    shell('umount "$1/merged"', directory);
    rmSync(directory, { recursive: true, force: true });
  });

  const places = (): [plain: string[], copied: string[]] => [
    ['--root', join(directory, 'store')],
    ['--root', join(directory, 'merged/store')],
  ];

  it('builds the same image from RUN steps as any other', () => {
    const ids = places().map((root) => {
      plinthOk([...root, 'new', 'minios', '--force', join(directory, 'context')]);
      plinthOk([...root, 'build', '-q', '-t', 'mini', join(directory, 'context')]);
      return plinthOk([...root, 'build', '-q', '--no-cache', '-t', 'changed', '-'], { input: DOCKERFILE });
    });
    expect(ids[1]).toBe(ids[0]);
    expect(readdirSync(join(directory, 'merged/store/snapshots'))).toEqual([]);
  });

  it('runs, exports and removes containers', () => {
    const [, root] = places();
    const made = plinth([
      ...root,
      'run',
      '--name',
      'one',
      '-h',
      'box',
      'mini',
      'sh',
      '-c',
      'echo x >/new; rm /etc/group; cat /etc/hostname',
    ]);
    expect(made).toMatchObject({ status: 0, stdout: 'box\n' });
    const tar = join(directory, 'one.tar');
    plinthOk([...root, 'export', '-o', tar, 'one']);
    const names = shell('tar -tf "$1"', tar).split('\n');
    expect(names).toContain('new');
    expect(names).not.toContain('etc/group');
    expect(names).not.toContain('etc/hostname');
    expect(names).not.toContain('proc/');
    plinthOk([...root, 'rm', 'one']);
    expect(readdirSync(join(directory, 'merged/store/containers'))).toEqual([]);
    expect(existsSync(join(directory, 'merged/store/names/one'))).toBe(false);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ContainerPlace, makePlace, users } from './container-place.ts';

describe.each(users('plinth-status'))('exit statuses of containers of %s', (_, userName) => {
  let place: ContainerPlace;
  beforeAll(() => {
    place = makePlace(userName);
  });
  afterAll(() => place.remove());

  it.each([
    [['nope'], 127, 'execute nope: not found in the container'],
    [['/no/such'], 127, '/no/such: not found in the container'],
    [['/script'], 127, 'interpreter'],
    [['/etc/passwd'], 126, 'execute /etc/passwd: permission denied'],
    [['/etc'], 126, 'execute /etc: permission denied'],
    [['/empty'], 126, 'execute /empty: exec format error'],
  ])('%j is %i', (command, status, message) => {
    const made = place.plinth(['build', '-q', '-t', 'odd', '-'], {
      input: `FROM mini\nRUN printf '#!/missing/sh\\n' >/script && : >/empty && chmod 755 /script /empty\n`,
    });
    expect(made.status).toBe(0);
    const run = place.plinth(['run', '--rm', 'odd', ...command]);
    expect(run.stderr).toContain(message);
    expect(run.status).toBe(status);
    expect(run.stdout).toBe('');
  });

  it.each([
    [['nosuch'], 'find image nosuch'],
    [['--frob', 'mini'], 'unknown flag: --frob'],
    [['-u', 'nobodyatall', 'mini', 'true'], 'is not in the image'],
    [['-w', '/etc/passwd', 'mini', 'true'], 'enter directory /etc/passwd: not a directory'],
    [['-w', '/etc/passwd/x', 'mini', 'true'], '/etc/passwd/x: not a directory'],
    [['-w', 'relative', 'mini', 'true'], 'relative'],
    [['--entrypoint', '', 'mini'], 'no command'],
  ])('%j is 125', (args, message) => {
    const run = place.plinth(['run', '--rm', ...args]);
    expect(run.stderr).toContain(message);
    expect(run.status).toBe(125);
    expect(place.plinth(['ps', '-aq']).stdout).toBe('');
  });

  it('a directory that -w names is made, as root', () => {
    const run = place.plinth([
      'run',
      '--rm',
      '-u',
      '33',
      '-w',
      '/new/one',
      'mini',
      'sh',
      '-c',
      'pwd; stat -c %u /new/one',
    ]);
    expect(run).toMatchObject({ status: 0, stdout: '/new/one\n0\n' });
  });
});

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PLINTH } from '../support/plinth.ts';
import { type ContainerPlace, makePlace, processesWith, shell, until, users } from './container-place.ts';

const SIZE_BYTES = 100_000_000;

describe.each(users('plinth-pipes'))('the standard streams of containers of %s', (_, userName) => {
  let place: ContainerPlace;
  beforeAll(() => {
    place = makePlace(userName);
  });
  afterAll(() => place.remove());

  /** Runs a shell script in which `plinth` is the command. */
  function script(text: string): string {
    const env = Object.entries(place.user?.env ?? {}).map(([name, value]) => `${name}=${value}`);
    const words = ['env', '-u', 'NODE_EXTRA_CA_CERTS', ...env, ...PLINTH, '--root', place.store];
    const wrapper = [...(place.user?.wrapper ?? []), ...words].join(' ');
    return shell(`set +o pipefail; plinth() { ${wrapper} "$@"; }; cd "$1"; ${text}`, place.directory);
  }

  it('carry 100 MB through a pipe and back, byte for byte', () => {
    const data = join(place.directory, 'data');
    execFileSync('sh', ['-c', `head -c ${SIZE_BYTES} /dev/urandom >"$0"`, data]);
    const sums = script('cat data | plinth run --rm -i mini cat | sha256sum; sha256sum <data').trim().split('\n');
    expect(sums[0]).toBe(sums[1]);
    expect(script('cat data | plinth run --rm -i mini wc -c').trim()).toBe(String(SIZE_BYTES));
  });

  it('end a writer whose reader has gone, and leave nothing running', async () => {
    expect(script('plinth run --rm mini yes plinth-yes-mark 2>/dev/null | head -1')).toBe('plinth-yes-mark\n');
    await until(() => processesWith(place.store).length === 0, 'the end of all processes');
    expect(place.plinth(['ps', '-aq']).stdout).toBe('');
  });

  it.each([
    ['plinth run --rm mini cat <&-; echo $?', '0\n'],
    ['plinth run --rm -i mini cat </dev/null; echo $?', '0\n'],
    ['echo text | plinth run --rm mini cat; echo $?', '0\n'],
    ['echo text | plinth run --rm -i mini cat', 'text\n'],
    [
      'plinth run --rm mini echo text 2>&1 >/dev/full | head -1',
      'error: write the output of the container: no space left on device (ENOSPC)\n',
    ],
    ['set +e; plinth run --rm mini sh -c "echo text; sleep 100" 2>/dev/null >/dev/full; echo $?', '125\n'],
    ['plinth run --rm mini sh -c "echo out; echo err >&2" 2>/dev/null', 'out\n'],
    ['plinth run --rm mini sh -c "echo out; echo err >&2" 2>&1 >/dev/null', 'err\n'],
    ['plinth run --rm mini sh -c "echo again >/dev/stdout" | cat', 'again\n'],
  ])('%s', (text, expected) => {
    expect(script(text)).toBe(expected);
  });

  it('are those that the command has and no others', () => {
    expect(script('plinth run --rm mini sh -c "ls /proc/self/fd | wc -l" 5</dev/null 6</dev/null').trim()).toBe('4');
  });
});

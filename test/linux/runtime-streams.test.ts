import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestRoot, type TestRoot } from './runtime-root.ts';

// Needs root and Debian's busybox-static.

const DEADLINE_MS = 20_000;
let test: TestRoot;
beforeAll(() => {
  test = createTestRoot();
});
afterAll(() => test[Symbol.dispose]());

const argv = (script: string, uid = 0) => [
  process.execPath,
  join(import.meta.dirname, 'runtime-relay.ts'),
  test.root,
  test.run,
  script,
  String(uid),
];

/** Runs `script` in a container whose streams are those of a shell command around it, written `"$@"`. */
const inShell = (command: string, script: string, uid = 0) =>
  spawnSync('bash', ['-o', 'pipefail', '-c', command, 'bash', ...argv(script, uid)], {
    cwd: test.directory,
    encoding: 'utf8',
    timeout: DEADLINE_MS,
  });

describe('streams that are relayed', () => {
  it('are pipes for a container that writes to a file', () => {
    const { status } = inShell('"$@" > out', 'echo one > /dev/stdout; echo two > /dev/stdout; exit 3');
    expect([status, readFileSync(join(test.directory, 'out'), 'utf8')]).toEqual([3, 'one\ntwo\n']);
  });

  it.each([0, 1000])('can be opened again by user %i where ours cannot', (uid) => {
    // Node gives its child socket pairs, which nobody can open again.
    const { stdout, stderr } = inShell('"$@"', 'echo out > /dev/stdout; echo err > /dev/stderr', uid);
    expect([stdout, stderr]).toEqual(['out\n', 'err\n']);
  });

  it('lend no way to change the file that is read', () => {
    const file = join(test.directory, 'in');
    writeFileSync(file, 'content\n', { mode: 0o644 });
    const { stdout } = inShell('"$@" < in', 'cat; chmod 777 /dev/stdin; echo changed > /proc/self/fd/0');
    expect([stdout, readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual([
      'content\n',
      'content\n',
      0o644,
    ]);
  });

  it('carry megabytes in and out', () => {
    const { status, stdout } = inShell('head -c 5000000 /dev/zero | "$@" | sha256sum', 'cat');
    const { stdout: expected } = spawnSync('sh', ['-c', 'head -c 5000000 /dev/zero | sha256sum'], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, expected]);
  });

  it('tell the container that nobody reads on', () => {
    const { stdout, stderr } = inShell('"$@" | head -n 1', 'while echo line; do :; done');
    expect(stdout).toBe('line\n');
    expect(stderr).not.toContain('Error');
  });

  it('do not wait for input that a container leaves', async () => {
    const [command = '', ...args] = argv('exit 4');
    const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'inherit'], timeout: DEADLINE_MS });
    expect(await once(child, 'exit')).toEqual([4, null]);
  });
});

import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { subordinateIds } from '../../src/runtime/index.ts';
import { createTestRoot, type TestRoot } from './runtime-root.ts';

// Needs root to make an ordinary user, and Debian's busybox-static and uidmap.

const USER = 'pl-rootless';
let test: TestRoot;
let uid = 0;

beforeAll(() => {
  test = createTestRoot();
  execFileSync('useradd', ['--create-home', USER]);
  uid = Number(execFileSync('id', ['-u', USER], { encoding: 'utf8' }));
  chmodSync(test.directory, 0o755);
  chownSync(test.run, uid, uid);
});
afterAll(() => {
  execFileSync('userdel', ['--remove', USER], { stdio: 'ignore' });
  test[Symbol.dispose]();
});

interface Report {
  readonly mode?: string;
  readonly problems?: readonly { readonly fact: string; readonly hint: string }[];
  readonly stdout?: string;
  readonly exit?: { readonly status: number };
  readonly code?: string;
  readonly message?: string;
  readonly worker?: { readonly uid: number; readonly pid: number };
}

let runs = 0;

/** Runs `runtime-user.ts` as the ordinary user. */
async function asUser(mode: string, script: string, extra: object = {}): Promise<Report> {
  runs += 1;
  const state = join(test.directory, `state${runs}`);
  for (const part of ['', 'upper', 'work', 'merged']) {
    mkdirSync(join(state, part));
    chownSync(join(state, part), uid, uid);
  }
  const request = JSON.stringify({ root: test.root, run: test.run, state, script, ...extra });
  const args = [
    '--reuid',
    USER,
    '--regid',
    USER,
    '--init-groups',
    process.execPath,
    join(import.meta.dirname, 'runtime-user.ts'),
  ];
  const child = spawn('setpriv', [...args, mode, request], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: '/usr/bin:/bin', SECRET: 'ours' },
  });
  return (await json(child.stdout)) as Report;
}

describe('an ordinary user', () => {
  it('is told what it can do', async () => {
    expect(await asUser('support', '')).toMatchObject({ mode: 'subordinate-ids', problems: [] });
  });

  it('is told what is missing', async () => {
    const before = readFileSync('/etc/subuid', 'utf8');
    writeFileSync('/etc/subuid', before.replace(new RegExp(`^${USER}:.*\n`, 'm'), ''));
    try {
      const report = await asUser('support', '');
      expect(report).toMatchObject({ mode: 'single-id' });
      expect(report.problems?.[0]?.fact).toBe(`read /etc/subuid: no range of ids for ${USER}`);
    } finally {
      writeFileSync('/etc/subuid', before);
    }
  });

  it.each(['worker', 'direct'])('runs a container as root of its namespace: %s', async (mode) => {
    const { stdout, exit } = await asUser(
      mode,
      'id -u; cat /proc/self/uid_map | tr -s " "; echo x > /dev/null; ls -ln /dev/null | cut -c1-10; hostname',
    );
    expect(exit).toEqual({ status: 0 });
    expect(stdout?.split('\n').slice(0, -1)).toEqual([
      '0',
      ` 0 ${uid} 1`,
      expect.stringMatching(/^ 1 \d+ 65536$/),
      'crw-rw-rw-',
      'box',
    ]);
  });

  it('runs it as nobody with further groups', async () => {
    const user = { uid: 65534, gid: 65534, additionalGids: [5, 20] };
    const { stdout } = await asUser('worker', 'id; echo own > /dev/stdout; grep CapEff /proc/self/status', { user });
    expect(stdout).toBe('uid=65534 gid=65534 groups=5,20\nown\nCapEff:\t0000000000000000\n');
  });

  it('keeps the owners of what a container writes in its subordinate range', async () => {
    const { stdout } = await asUser('worker', 'touch /file; busybox chown 1000:5 /file; stat -c %u:%g /file');
    expect(stdout).toBe('1000:5\n');
    const ids = subordinateIds({ name: USER, uid, gid: uid });
    const first = ids.kind === 'ranges' ? ids.uids[1]?.outside : undefined;
    const [outside] = execFileSync('stat', ['-c', '%u', join(test.directory, `state${runs}`, 'upper/file')], {
      encoding: 'utf8',
    }).split('\n');
    expect(Number(outside)).toBe((first ?? 0) + 999);
  });

  it('has a terminal with a name', async () => {
    const { stdout } = await asUser('worker', 'tty; stty size', { terminal: true });
    expect(stdout).toBe('/dev/pts/0\r\n24 80\r\n');
  });

  it('can do with a single id', async () => {
    const { stdout } = await asUser('single', 'id -u; cat /proc/self/uid_map | tr -s " "');
    expect(stdout).toBe(`0\n 0 ${uid} 1\n`);
  });

  it('shares the network of the host', async () => {
    const { stdout, exit } = await asUser('worker', 'ls /sys/class | head -n 1; touch /sys/x; echo $?', {
      network: 'host',
    });
    expect(exit).toEqual({ status: 0 });
    expect(stdout?.endsWith('1\n')).toBe(true);
  });

  it('enters a namespace with an environment of its own and a channel to the child', async () => {
    const report = await asUser('worker', 'true');
    expect(report.worker).toMatchObject({ uid: 0 });
  });

  it('is told that an id is not mapped', async () => {
    const report = await asUser('single', 'true', { user: { uid: 7, gid: 0 } });
    expect(report).toMatchObject({ code: 'container-setup-failed', message: 'set user 7: invalid argument (EINVAL)' });
  });
});

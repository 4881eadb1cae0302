import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeProgram, loaded, Program } from '../../src/elf/index.ts';
import {
  type ContainerDefaults,
  defaultSpec,
  hostMachine,
  type MountSpec,
  startContainer,
} from '../../src/runtime/index.ts';
import { i386Program } from '../support/i386-program.ts';
import { createTestRoot, runToEnd, type TestRoot, testSpec } from './runtime-root.ts';

// Needs root and Debian's busybox-static.

let test: TestRoot;
beforeAll(() => {
  expect(process.getuid?.(), 'this tier runs as root').toBe(0);
  test = createTestRoot();
});
afterAll(() => test[Symbol.dispose]());

const shell = (script: string, extra: Parameters<typeof testSpec>[2] = {}) =>
  runToEnd({ spec: testSpec(test.root, ['sh', '-c', script], extra), directory: test.run, user: 'root' });

async function withSpec(script: string, changes: Partial<ContainerDefaults>) {
  const base = testSpec(test.root, ['sh', '-c', script]);
  const spec = defaultSpec({
    machine: hostMachine(),
    rootPath: test.root,
    hostname: 'box',
    network: 'none',
    process: { ...base.process },
    ...changes,
  });
  return await runToEnd({ spec, directory: test.run, user: 'root' });
}

describe('a container', () => {
  it('is process 1 under its own name', async () => {
    const { stdout, status } = await shell('echo $$; hostname; id -u; ps | wc -l; pwd');
    expect(stdout.split('\n')).toEqual(['1', 'box', '0', '4', '/', '']);
    expect(status).toBe(0);
  });

  it('has exactly the mounts of the default set', async () => {
    const lines = (await shell('cat /proc/mounts')).stdout.split('\n');
    // Which paths are there to be masked is the kernel's affair, as is how it counts the room of a tmpfs.
    const shown = lines
      .filter((line) => !/^\S+ (\/ |\/(proc|sys)\/\S+ (tmpfs|devtmpfs) )/.test(line))
      .map((line) => line.replace(/,(inode64|nr_inodes=\d+)/g, ''));
    await expect(shown.join('\n')).toMatchFileSnapshot('golden/runtime-mounts.txt');
  });

  it('has working devices and links', async () => {
    const { stdout } = await shell(
      'echo x > /dev/null; head -c 3 /dev/zero | wc -c; head -c 4 /dev/urandom | wc -c; echo x > /dev/full; echo $?; readlink /dev/fd; readlink /dev/ptmx; ls /dev | tr "\\n" " "; stat -c "%a %t:%T" /dev/null',
    );
    expect(stdout.trim().split('\n')).toEqual([
      '3',
      '4',
      '1',
      '/proc/self/fd',
      'pts/ptmx',
      'core fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero 666 1:3',
    ]);
  });

  it('cannot see or change what Docker hides', async () => {
    const masked = testSpec(test.root, ['true']).linux?.maskedPaths ?? [];
    expect(masked.filter((path) => existsSync(path))).not.toEqual([]);
    const { stdout } = await shell(
      `for path in ${masked.join(' ')}; do if [ -d $path ]; then ls -A $path; elif [ -e $path ]; then cat $path; fi; done`,
    );
    expect(stdout).toBe('');
    const { stderr } = await shell(
      'echo 1 > /proc/sys/kernel/domainname; echo 1 > /proc/irq/default_smp_affinity; touch /sys/x',
    );
    expect(stderr.match(/Read-only file system/g)).toHaveLength(3);
  });

  it("holds Docker's capabilities, no_new_privs and a filter, and no signals blocked or ignored", async () => {
    const spec = testSpec(test.root, ['grep', '-E', '^(Cap|NoNewPrivs|Seccomp:|SigIgn|SigBlk)', '/proc/self/status']);
    const { stdout } = await runToEnd({ spec, directory: test.run, user: 'root' });
    expect(stdout.replaceAll('\t', ' ').trim().split('\n')).toEqual([
      'SigBlk: 0000000000000000',
      'SigIgn: 0000000000000000',
      'CapInh: 0000000000000000',
      'CapPrm: 00000000a80425fb',
      'CapEff: 00000000a80425fb',
      'CapBnd: 00000000a80425fb',
      'CapAmb: 0000000000000000',
      'NoNewPrivs: 1',
      'Seccomp: 2',
    ]);
  });

  it('runs programs of 32 bits as the machine does, under the filter', async () => {
    const program = join(test.root, 'bin/i386');
    writeFileSync(program, i386Program(), { mode: 0o755 });
    const { status, stdout } = spawnSync(program, { encoding: 'utf8' });
    const inside = await shell('/bin/i386; echo $?');
    // EFAULT from the kernel, EPERM from the filter; null where it runs no such program.
    expect([14, null]).toContain(status);
    expect(inside.stdout).toBe(status === null ? '126\n' : `${stdout}1\n`);
  });

  it('keeps the filter without no_new_privs', async () => {
    const { stdout } = await shell("grep -E '^(NoNewPrivs|Seccomp:|CapEff)' /proc/self/status", {
      noNewPrivileges: false,
    });
    expect(stdout.replaceAll('\t', ' ').trim().split('\n')).toEqual([
      'CapEff: 00000000a80425fb',
      'NoNewPrivs: 0',
      'Seccomp: 2',
    ]);
  });

  it('gives another user no capabilities, its groups, and its own streams', async () => {
    const user = { uid: 1000, gid: 1001, additionalGids: [7, 9], umask: 0o027 };
    const { stdout } = await shell(
      "id; umask; grep -E '^Cap(Eff|Prm|Bnd)' /proc/self/status | tr '\\t' ' '; echo again > /dev/stdout",
      { user },
    );
    expect(stdout.trim().split('\n')).toEqual([
      'uid=1000 gid=1001 groups=7,9',
      '0027',
      'CapPrm: 0000000000000000',
      'CapEff: 0000000000000000',
      'CapBnd: 00000000a80425fb',
      'again',
    ]);
  });

  it('raises ambient capabilities for another user', async () => {
    const names = ['CAP_NET_BIND_SERVICE'];
    const capabilities = { bounding: names, permitted: names, effective: names, inheritable: names, ambient: names };
    const { stdout } = await shell('grep ^CapEff /proc/self/status', { user: { uid: 5, gid: 5 }, capabilities });
    expect(stdout).toBe('CapEff:\t0000000000000400\n');
  });

  it('gets exactly its environment, arguments and directory', async () => {
    const env = ['PATH=/bin', 'WITH SPACE=ü=1', 'EMPTY='];
    const run = (...args: string[]) =>
      runToEnd({ spec: testSpec(test.root, args, { env, cwd: '/new/place' }), directory: test.run, user: 'root' });
    expect((await run('env')).stdout).toBe('PATH=/bin\nWITH SPACE=ü=1\nEMPTY=\n');
    expect((await run('pwd')).stdout).toBe('/new/place\n');
    expect((await run('echo', 'a b', '', 'ü')).stdout).toBe('a b  ü\n');
  });

  it('inherits no descriptor but the three', async () => {
    // The shell waits for `ls` with nothing open that a pipeline would need.
    const { stdout } = await shell('ls /proc/$$/fd; true');
    expect(stdout).toBe('0\n1\n2\n');
  });

  it('has loopback alone in its own network', async () => {
    const { stdout } = await shell('ifconfig | grep -c Link; ping -c 1 -w 2 127.0.0.1 | grep -c "bytes from"');
    expect(stdout).toBe('1\n1\n');
  });

  it('shares the network of the host if asked to', async () => {
    const { stdout } = await withSpec('readlink /proc/self/ns/net; mount | grep " /sys "', { network: 'host' });
    expect(stdout.split('\n')[0]).toBe(readlinkSync('/proc/self/ns/net'));
    expect(stdout).toContain('(ro,');
  });

  it('cannot write to a read-only root, but to its tmpfs', async () => {
    const { stdout, stderr } = await withSpec('touch /x; touch /dev/shm/y && echo ok', { readonlyRoot: true });
    expect(stderr).toContain('Read-only file system');
    expect(stdout).toBe('ok\n');
  });

  it('keeps within lowered limits', async () => {
    const { stdout } = await shell('ulimit -n', { rlimits: [{ type: 'RLIMIT_NOFILE', soft: 100, hard: 200 }] });
    expect(stdout).toBe('100\n');
  });
});

describe('system calls', () => {
  const calls: readonly [name: string, args: readonly number[], errno: number][] = [
    ['getpid', [], 0],
    ['unshare', [0x1000_0000], 1],
    ['keyctl', [0, 0], 1],
    ['mount', [0, 0, 0, 0, 0], 1],
    ['bpf', [0, 0, 0], 1],
    ['io_uring_setup', [1, 0], 1],
    ['clone', [0x1000_0011, 0, 0, 0, 0], 1],
    ['clone3', [0, 0], 38],
    ['socket', [2, 2, 0], 0],
    ['socket', [38, 5, 0], 1],
    ['socket', [40, 1, 0], 1],
    // The kernel looks at 32 bits of the family: this is AF_VSOCK too.
    ['socket', [0x1_0000_0028, 1, 0], 1],
    ['socket', [2, 99, 0], 22],
    ['personality', [0x004_0000], 1],
    ['personality', [0xffff_ffff], 0],
    ['file_getattr', [0, 0, 0, 0, 0], 38],
  ];

  it.each(calls)('%s %j', async (name, args, errno) => {
    const program = new Program();
    const result = program.zeros(8);
    program.add({ kind: 'syscall', name, args });
    program.add({ kind: 'store', to: result, value: 'result', sizeBytes: 8 });
    program.add({ kind: 'branch', left: 'result', when: 'less', right: 0, label: 'failed' });
    program.add({ kind: 'syscall', name: 'exit_group', args: [0] });
    program.add({ kind: 'label', name: 'failed' });
    program.add({ kind: 'syscall', name: 'exit_group', args: [loaded(result, 1)] });
    writeFileSync(join(test.root, 'bin/probe'), encodeProgram(program, hostMachine()), { mode: 0o755 });
    const { status } = await runToEnd({ spec: testSpec(test.root, ['probe']), directory: test.run, user: 'root' });
    expect(status === 0 ? 0 : 256 - status).toBe(errno);
  });
});

describe('streams', () => {
  it('carry a megabyte in and out', async () => {
    const input = 'x'.repeat(1 << 20);
    const { stdout } = await runToEnd({ spec: testSpec(test.root, ['cat']), directory: test.run, user: 'root' }, input);
    expect(stdout.length).toBe(input.length);
  });

  it('are pipes that can be opened again', async () => {
    const { stdout, stderr } = await shell('echo out > /dev/stdout; echo err > /dev/stderr; cat /proc/self/fd/0');
    expect([stdout, stderr]).toEqual(['out\n', 'err\n']);
  });

  it("are the container's own /dev/null if ignored", async () => {
    const spec = testSpec(test.root, [
      'sh',
      '-c',
      'chmod 000 /dev/stdin; stat -L -c %D /dev/stdin > /tmp/one; stat -c %D /dev > /tmp/two',
    ]);
    const container = await startContainer({ spec, directory: test.run, stdio: 'ignore', user: 'root' });
    await container.exited;
    expect(readFileSync(join(test.root, 'tmp/one'), 'utf8')).toBe(readFileSync(join(test.root, 'tmp/two'), 'utf8'));
    expect(container.stdout).toBeUndefined();
  });
});

describe('the end', () => {
  it.each([
    ['exit 7', { status: 7 }],
    ['true', { status: 0 }],
    ['exit 255', { status: 255 }],
  ])('%s', async (script, expected) => {
    expect(await shell(script)).toMatchObject(expected);
  });

  it('by a signal is 128 and its number', async () => {
    const spec = testSpec(test.root, ['sleep', '100']);
    const container = await startContainer({ spec, directory: test.run, stdio: 'ignore', user: 'root' });
    expect(container.kill('SIGTERM')).toBe(true);
    await delay(50);
    expect(container.kill('SIGKILL'), 'process 1 ignores what it does not handle').toBe(true);
    expect(await container.exited).toEqual({ status: 137, signal: 'SIGKILL' });
    expect(container.kill('SIGKILL')).toBe(false);
  });

  it('can be a handled signal', async () => {
    const spec = testSpec(test.root, ['sh', '-c', 'trap "exit 9" TERM; echo ready; while :; do sleep 0.1; done']);
    const container = await startContainer({
      spec,
      directory: test.run,
      stdio: ['ignore', 'pipe', 'ignore'],
      user: 'root',
    });
    if (container.stdout !== undefined) await once(container.stdout, 'data');
    container.kill('SIGTERM');
    expect(await container.exited).toEqual({ status: 9 });
  });

  it('takes every process with it', async () => {
    const started = Date.now();
    await shell('sleep 1000 & sleep 1000 & exit 3');
    expect(Date.now() - started).toBeLessThan(5000);
  });
});

describe('a command that cannot run', () => {
  const start = (...args: string[]) => runToEnd({ spec: testSpec(test.root, args), directory: test.run, user: 'root' });
  beforeAll(() => {
    writeFileSync(join(test.root, 'bin/no-interpreter'), '#!/bin/gone\n', { mode: 0o755 });
    writeFileSync(join(test.root, 'bin/no-format'), 'hello', { mode: 0o755 });
    writeFileSync(join(test.root, 'bin/no-permission'), '', { mode: 0o644 });
  });

  it.each([
    ['gone', 'command-not-found', 127, 'execute /bin/gone: not found in the container'],
    ['/bin/gone', 'command-not-found', 127, 'execute /bin/gone: not found in the container'],
    ['/bin/sh/x', 'command-not-found', 127, 'execute /bin/sh/x: not found in the container'],
    [
      'no-interpreter',
      'command-interpreter-missing',
      127,
      'execute /bin/no-interpreter: the file exists, its interpreter or loader does not',
    ],
    ['no-format', 'command-not-executable', 126, 'execute /bin/no-format: exec format error (ENOEXEC)'],
    ['no-permission', 'command-not-executable', 126, 'execute /bin/no-permission: permission denied (EACCES)'],
    ['/etc', 'command-not-executable', 126, 'execute /etc: permission denied (EACCES)'],
  ])('%s', async (command, code, status, message) => {
    await expect(start(command)).rejects.toMatchObject({ code, message, details: { status } });
  });

  it('is called by its name if several places were tried', async () => {
    const spec = testSpec(test.root, ['gone'], { env: ['PATH=/bin:/sbin'] });
    const run = runToEnd({ spec, directory: test.run, user: 'root' });
    await expect(run).rejects.toMatchObject({ message: 'execute gone: not found in the container' });
  });

  it('tries every directory of PATH', async () => {
    const { stdout } = await shell('echo ok', { env: ['PATH=/gone:/etc/passwd:relative::/bin'] });
    expect(stdout).toBe('ok\n');
  });
});

describe('volumes', () => {
  const bind = (source: string, destination: string, ...options: string[]): MountSpec => ({
    destination,
    type: 'bind',
    source,
    options: ['rbind', ...options],
  });
  const source = () => {
    const path = join(test.directory, 'volume');
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'file'), 'from the host\n');
    return path;
  };

  it('show directories and files of the host at places that are made for them', async () => {
    const mounts = [bind(source(), '/made/for/it'), bind(join(source(), 'file'), '/etc/one/file', 'ro')];
    const { stdout } = await withSpec('cat /made/for/it/file /etc/one/file; echo new > /made/for/it/new', { mounts });
    expect(stdout).toBe('from the host\nfrom the host\n');
    expect(readFileSync(join(source(), 'new'), 'utf8')).toBe('new\n');
  });

  it('keep to their options', async () => {
    const mounts = [bind(source(), '/data', 'rro', 'nosuid', 'nodev', 'noexec')];
    const { stdout, stderr } = await withSpec('touch /data/x; mount | grep " /data "', { mounts });
    expect(stderr).toContain('Read-only file system');
    expect(stdout).toMatch(/\(ro,nosuid,nodev,noexec/);
  });

  it.each(['../../../../../../etc', '/etc', '/proc/self/root/etc'])(
    'never follow a link of the image out: %s',
    async (target) => {
      rmSync(join(test.root, 'trap'), { force: true });
      symlinkSync(target, join(test.root, 'trap'));
      const before = readdirSync('/etc');
      const { stdout } = await withSpec('ls /etc/deep /etc', { mounts: [bind(source(), '/trap/deep')] });
      expect(stdout).toContain('file');
      expect(readdirSync('/etc')).toEqual(before);
      expect(existsSync(join(test.root, 'etc/deep'))).toBe(true);
      rmSync(join(test.root, 'etc/deep'), { recursive: true });
      rmSync(join(test.root, 'trap'));
    },
  );

  it('say that the destination is a dead link', async () => {
    symlinkSync('/nowhere/at/all', join(test.root, 'dead'));
    await expect(withSpec('true', { mounts: [bind(source(), '/dead')] })).rejects.toMatchObject({
      code: 'container-setup-failed',
      hint: 'The destination in the image is a link to something that does not exist.',
    });
    rmSync(join(test.root, 'dead'));
  });

  it.each(['proc', 'dev', 'sys'])('a link in place of /%s is refused', async (name) => {
    using evil = createTestRoot();
    rmSync(join(evil.root, name), { recursive: true });
    symlinkSync('/etc', join(evil.root, name));
    const run = runToEnd({ spec: testSpec(evil.root, ['true']), directory: evil.run, user: 'root' });
    await expect(run).rejects.toMatchObject({
      code: 'container-setup-failed',
      hint: 'The destination in the image is a link, or a file where a directory is mounted.',
    });
    expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(evil.directory);
  });
});

describe('an overlay', () => {
  const overlay = (name: string, lower: readonly string[]) => {
    const at = (part: string) => join(test.directory, name, part);
    for (const part of ['upper', 'work', 'merged']) mkdirSync(at(part), { recursive: true });
    return { lower, upper: at('upper'), work: at('work'), merged: at('merged') };
  };

  it('stacks many layers with awkward names, the first on top', async () => {
    const layers = Array.from({ length: 150 }, (_, index) => {
      const path = join(test.directory, 'layers', `${'long'.repeat(20)} :,\\ ${index}`);
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, 'top'), String(index));
      writeFileSync(join(path, `layer${index}`), '');
      return path;
    });
    const stack = overlay('over', [...layers, test.root]);
    const spec = testSpec(stack.merged, [
      'sh',
      '-c',
      'cat /top; ls / | grep -c layer; echo hello > /written; rm /layer3',
    ]);
    const { stdout } = await runToEnd({ spec, overlay: stack, directory: test.run, user: 'root' });
    expect(stdout).toBe('0150\n');
    expect(readFileSync(join(stack.upper, 'written'), 'utf8')).toBe('hello\n');
    expect(readdirSync(stack.merged)).toEqual([]);
  });

  // The overlay's directories are open at some time: a path to one of them would lead out (CVE-2024-21626).
  it.each([4, 5, 6, 7, 90, 100, 101, 102])('lends no working directory outside by descriptor %i', async (fd) => {
    const stack = overlay(`cwd${fd}`, [test.root]);
    const spec = testSpec(stack.merged, ['ls', '../../../..'], { cwd: `/proc/self/fd/${fd}` });
    const run = runToEnd({ spec, overlay: stack, directory: test.run, user: 'root' });
    await expect(run).rejects.toMatchObject({ code: 'container-setup-failed', details: { status: 125 } });
  });

  it.each([100, 101, 102])('lends no place for a volume outside by descriptor %i', async (fd) => {
    const stack = overlay(`volume${fd}`, [test.root]);
    symlinkSync(`/proc/self/fd/${fd}/..`, join(stack.upper, 'trap'));
    const mount = { destination: '/trap/made', type: 'bind', source: test.run, options: ['rbind'] };
    const base = testSpec(stack.merged, ['true']);
    const spec = { ...base, mounts: [...(base.mounts ?? []), mount] };
    const run = runToEnd({ spec, overlay: stack, directory: test.run, user: 'root' });
    await expect(run).rejects.toMatchObject({ code: 'container-setup-failed' });
    expect([join(stack.upper, '../made'), join(test.directory, 'made')].filter((path) => existsSync(path))).toEqual([]);
  });

  it('names the step that failed', async () => {
    const stack = { ...overlay('broken', [test.root]), work: '/nowhere' };
    const run = runToEnd({ spec: testSpec(stack.merged, ['true']), overlay: stack, directory: test.run, user: 'root' });
    await expect(run).rejects.toMatchObject({
      message: 'open /nowhere: no such file or directory (ENOENT)',
      code: 'container-setup-failed',
      details: { status: 125, call: 'openat', error: 'ENOENT' },
    });
  });
});

describe('the start program', () => {
  it('leaves nothing behind after fifty containers', async () => {
    const count = () => readdirSync('/proc/self/fd').length;
    await shell('true');
    const before = count();
    for (let run = 0; run < 50; run++) expect((await shell('exit 1')).status).toBe(1);
    expect(count()).toBe(before);
    expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(test.directory);
    expect(readdirSync(test.run)).toEqual([]);
    expect(children(process.pid)).toEqual([]);
  });

  it('inherits nothing that its parent was given', () => {
    const script = join(import.meta.dirname, 'runtime-parent.ts');
    const args = [process.execPath, script, test.root, test.run, '/proc/self/fd/60'];
    const { status, stderr } = spawnSync('sh', ['-c', 'exec timeout 20 "$0" "$@" 60</', ...args], { encoding: 'utf8' });
    expect(stderr).toContain('create directory /proc/self/fd/60: no such file or directory (ENOENT)');
    expect(status).toBe(1);
  });

  it('and its container die with a killed parent', async () => {
    const script = join(import.meta.dirname, 'runtime-parent.ts');
    const parent = spawn(process.execPath, [script, test.root, test.run], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const inside = Number(line.toString());
    const outer = children(parent.pid ?? 0);
    expect(existsSync(`/proc/${inside}`)).toBe(true);
    expect(outer).toHaveLength(1);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    for (let wait = 0; wait < 100 && [inside, ...outer].some(isAlive); wait++) await delay(20);
    expect([inside, ...outer].filter(isAlive)).toEqual([]);
    expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(test.directory);
  });
});

function children(pid: number): number[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return list === '' ? [] : list.split(' ').map(Number);
}

/** A process that has ended and waits for its parent is not alive. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

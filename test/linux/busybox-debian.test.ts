import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inDirectory, makeUser, PLINTH, plinth, plinthOk } from '../support/plinth.ts';

/** Debian packages that BusyBox is compiled with. */
const COMPILER = 'gcc make bzip2 libc6-dev dash sed grep coreutils findutils diffutils mawk'.split(' ');
const TINY = ['--applets', 'sh,cat,echo,uname,[', '--progress', 'plain'];

/** A directory that all tests of this file share: what one has built, others compare with or run. */
let directory = '';
let free = (): void => {};
let env: Readonly<Record<string, string>> = {};

beforeAll(async () => {
  directory = await new Promise<string>((resolve) => {
    void inDirectory((made) => {
      resolve(made);
      return new Promise<void>((done) => {
        free = done;
      });
    });
  });
  env = { PLINTH_ROOT: join(directory, 'store') };
  plinthOk(['busybox', 'build', ...TINY, '-o', join(directory, 'tiny'), '-t', 'tiny'], { env });
});
afterAll(() => free());

const program = (root: string) => readFileSync(join(directory, root, 'bin/busybox'));

describe('BusyBox from the source package of Debian', () => {
  it('is static, has what was asked for, and runs', () => {
    const listed = execFileSync(join(directory, 'tiny/bin/busybox'), ['--list'], { encoding: 'utf8' });
    expect(listed.trim().split('\n').sort()).toEqual(['[', 'cat', 'echo', 'sh', 'uname']);
    expect(statSync(join(directory, 'tiny/bin/busybox')).size).toBeLessThan(1_500_000);
    expect(readFileSync(join(directory, 'tiny.log'), 'utf8')).toMatch(/^# source: busybox \S+, [1-9]\d* patches$/m);
    const said = plinthOk(['run', '--rm', 'tiny', 'sh', '-c', 'echo "$(cat /etc/os-release)"'], { env });
    expect(said).toContain('NAME="minios"');
  });

  it('is the same, byte for byte, for another user in a container of ours with other settings', () => {
    const user = makeUser('pl-busybox', join(directory, 'home'));
    try {
      const tar = join(user.home, 'tools.tar');
      packPackages(tar, COMPILER);
      chmodSync(tar, 0o644);
      const temporary = join(user.home, 'elsewhere');
      execFileSync('setpriv', [...user.wrapper.slice(1), 'mkdir', temporary]);
      const odd = { TMPDIR: temporary, LC_ALL: 'C.UTF-8', TZ: 'Asia/Tokyo', CFLAGS: '-O0', KCONFIG_NOTIMESTAMP: '1' };
      const options = { env: { ...user.env, ...odd }, cwd: user.home, wrapper: user.wrapper };
      plinthOk(['import', tar, 'tools'], options);
      plinthOk(['busybox', 'build', ...TINY, '--in', 'tools', '-o', 'tiny', '-t', 'tiny'], options);
      expect(program('home/tiny').equals(program('tiny'))).toBe(true);
      const id = (place: Parameters<typeof plinthOk>[1]) =>
        plinthOk(['inspect', 'tiny'], place).match(/"Id": "(.*)"/)?.[1];
      expect(id({ env: user.env, wrapper: user.wrapper })).toBe(id({ env }));
    } finally {
      user.remove();
    }
  });

  it('is not compiled in an image that lacks the tools', () => {
    const { status, stderr } = plinth(['busybox', 'build', '--in', 'tiny', '-o', join(directory, 'no')], { env });
    expect(status).toBe(1);
    expect(stderr).toMatch(/find tools in the image tiny: there is no make, no awk, .*no gcc/);
  });

  it.each([
    ['arm64', 'aarch64', 'b7'],
    ['riscv64', 'riscv64', 'f3'],
  ])('is made for %s, and runs where the kernel knows an interpreter', (architecture, machine, number) => {
    const cross = ['--cross', `${machine}-linux-gnu-`, '-t', machine, '--log', join(directory, 'log')];
    plinthOk(['busybox', 'build', ...TINY, ...cross], { env });
    expect(plinthOk(['inspect', machine], { env })).toContain(`"Architecture": "${architecture}"`);
    const run = ['run', '--rm', machine, 'sh', '-c', 'uname -m'];
    const refused = plinth(run, { env });
    expect(refused.status).toBe(125);
    expect(refused.stderr).toMatch(
      new RegExp(`the image is for linux/${architecture}, this machine is .*, and no interpreter .* is registered`),
    );
    const said = execFileSync('unshare', ['-Ur', '-m', 'sh', writeBinfmt(machine, number), ...PLINTH, ...run], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
    expect(said).toBe(`${machine}\n`);
  });

  it('is whole with its own configuration', () => {
    plinthOk(['busybox', 'build', '-t', 'whole', '-o', join(directory, 'whole'), '--progress', 'plain'], { env });
    expect(readdirSync(join(directory, 'whole/bin')).length).toBeGreaterThan(60);
    const words = ['printf "b\\na\\n" | sort | sha256sum; vi --help 2>&1 | head -1'];
    expect(plinthOk(['run', '--rm', 'whole', 'sh', '-c', ...words], { env })).toMatch(
      /^[0-9a-f]{64} {2}-\nBusyBox v1\.\d/,
    );
  });
});

/**
 * A script that runs a command with an interpreter for programs of a machine. The user namespace that it must run in
 * has interpreters of its own, of which this machine knows nothing.
 */
function writeBinfmt(machine: string, number: string): string {
  const magic = `\\x7fELF\\x02\\x01\\x01${'\\x00'.repeat(9)}\\x02\\x00\\x${number}\\x00`;
  // Any ABI: glibc marks static programs as its own.
  const mask = `${'\\xff'.repeat(7)}\\x00${'\\xff'.repeat(8)}\\xfe${'\\xff'.repeat(3)}`;
  const misc = '/proc/sys/fs/binfmt_misc';
  const row = `:qemu:M::${magic}:${mask}:/usr/bin/qemu-${machine}-static:F`;
  const script = join(directory, 'binfmt.sh');
  writeFileSync(script, `set -e\nmount -t binfmt_misc none ${misc}\nprintf %s '${row}' >${misc}/register\nexec "$@"\n`);
  return script;
}

/** A tar with the files of installed packages and all that they depend on: an image with a compiler. */
function packPackages(tar: string, packages: readonly string[]): void {
  const seen = new Set<string>();
  const queue = [...packages];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name) || !existsInDpkg(name)) continue;
    seen.add(name);
    const status = execFileSync('dpkg', ['-s', name], { encoding: 'utf8' });
    const depends = [...status.matchAll(/^(?:Pre-)?Depends: (.*)$/gm)].map(([, list]) => list).join(',');
    queue.push(
      ...depends
        .split(',')
        .map((one) => one.replace(/[|(:].*/s, '').trim())
        .filter((one) => one !== ''),
    );
  }
  const listed = execFileSync('dpkg', ['-L', ...seen], { encoding: 'utf8', maxBuffer: 1 << 28 }).split('\n');
  const files = listed.filter((path) => /^\/.+/.test(path) && !/\/share\/(doc|man|locale|info)\b/.test(path));
  // The machine may have /bin as a link to /usr/bin; the tar gets each file where it really is.
  const places = files
    .filter((path) => existsSync(path) && (!statSync(path).isDirectory() || realpathSync(path) !== path))
    .map((path) => join(realpathSync(dirname(path)), basename(path)));
  const list = `${tar}.list`;
  mkdirSync(dirname(list), { recursive: true });
  writeFileSync(list, [...new Set([...places, '/usr/bin/sh', '/usr/bin/awk', '/etc/alternatives/awk'])].join('\n'));
  const links = ['/bin', '/sbin', '/lib', '/lib64'].filter((path) => existsSync(path));
  execFileSync('tar', ['-C', '/', '-P', '--transform', 's,^/,,S', '-cf', tar, '--no-recursion', ...links, '-T', list]);
}

function existsInDpkg(name: string): boolean {
  try {
    execFileSync('dpkg', ['-L', name], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

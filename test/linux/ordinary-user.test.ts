import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inDirectory, makeUser, PLINTH, plinth, plinthOk, type TestUser } from '../support/plinth.ts';

const NAME = 'plinth-user';

/** Runs `use` as an ordinary user with a home of its own. */
async function asUser(use: (user: TestUser, directory: string) => Promise<void> | void): Promise<void> {
  await inDirectory(async (directory) => {
    const user = makeUser(NAME, join(directory, 'home'));
    try {
      await use(user, directory);
    } finally {
      user.remove();
    }
  });
}

describe('an ordinary user', () => {
  it('makes, builds, runs and writes a disk', async () => {
    await asUser((user) => {
      const { wrapper, env, home } = user;
      const options = { wrapper, env, cwd: home };
      plinthOk(['new', 'minios', 'context'], options);
      writeFileSync(
        join(home, 'context/Dockerfile'),
        'FROM scratch\nADD ./ /\nRUN rm /Dockerfile && chown 33:44 /etc/motd && chmod 600 /etc/motd\nCMD ["/bin/sh"]\n',
      );
      writeFileSync(join(home, 'context/etc/motd'), 'hello\n');
      plinthOk(['build', '-t', 'minios', '-o', 'type=ext4,dest=m.ext4', 'context'], options);
      expect(plinthOk(['run', '--rm', 'minios', 'stat', '-c', '%u:%g %a', '/etc/motd'], options)).toBe('33:44 600\n');
      expect(plinthOk(['run', '--rm', 'minios', 'id', '-u'], options)).toBe('0\n');
      expect(plinthOk(['run', '--rm', '-u', '33:44', 'minios', 'cat', '/etc/motd'], options)).toBe('hello\n');
      expect(plinth(['run', '--rm', 'minios', 'sh', '-c', 'exit 3'], options).status).toBe(3);
      expect(spawnSync('e2fsck', ['-fn', join(home, 'm.ext4')]).status).toBe(0);
      const shown = execFileSync('debugfs', ['-R', 'stat /etc/motd', join(home, 'm.ext4')], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      expect(shown).toMatch(/User:\s+33\s+Group:\s+44/);
    });
  });

  it('removes and prunes what subordinate ids own', async () => {
    await asUser((user) => {
      const { wrapper, env, home } = user;
      const options = { wrapper, env, cwd: home };
      plinthOk(['new', 'minios', 'context'], options);
      plinthOk(['build', '-t', 'minios', 'context'], options);
      plinthOk(
        [
          'run',
          '--name',
          'one',
          'minios',
          'sh',
          '-c',
          'mkdir -m 700 /private; touch /private/x; chown -R 77:88 /private',
        ],
        options,
      );
      const tar = join(home, 'one.tar');
      plinthOk(['export', '-o', tar, 'one'], options);
      expect(execFileSync('tar', ['-tvf', tar, '--numeric-owner'], { encoding: 'utf8' })).toMatch(
        /77\/88 .*private\/x/,
      );
      plinthOk(['rm', 'one'], options);
      plinthOk(['rmi', 'minios'], options);
      plinthOk(['prune', '--all'], options);
      const store = join(home, 'data/plinth');
      expect(
        execFileSync('find', [join(store, 'snapshots'), join(store, 'containers'), '-mindepth', '1'], {
          encoding: 'utf8',
        }),
      ).toBe('');
    });
  });

  it('makes the same image as root', async () => {
    await asUser((user, directory) => {
      const context = join(directory, 'context');
      plinthOk(['new', 'minios', context]);
      // So that the user may read all of it.
      chmodSync(join(context, 'root'), 0o755);
      const build = ['build', '-q', '-t', 'minios', context];
      const asRoot = plinthOk(['--root', join(directory, 'store'), ...build]);
      const { wrapper, env, home: cwd } = user;
      expect(plinthOk(build, { wrapper, env, cwd })).toBe(asRoot);
    });
  });
});

describe('a user for whom user namespaces are forbidden', () => {
  // In a root other than the mount namespace's own the kernel refuses new user namespaces (user_namespaces(7)).
  const MOUNTED =
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's
    'mount --rbind / "$0" && exec chroot --userspec="$1:$1" "$0" /bin/sh -c \'cd "$0" && exec "$@"\' "${@:2}"';

  function forbidden(directory: string, { uid, home, env }: TestUser, args: readonly string[]) {
    const root = join(directory, 'root');
    mkdirSync(root, { recursive: true });
    const words = ['-m', '--propagation', 'private', 'bash', '-c', MOUNTED, root, String(uid), home, ...args];
    return spawnSync('unshare', words, { encoding: 'utf8', env: { PATH: process.env.PATH, ...env } });
  }

  it('builds FROM scratch + ADD, and the disk', async () => {
    await asUser((user, directory) => {
      expect(forbidden(directory, user, ['unshare', '-U', 'true']).stderr).toMatch(/not permitted/);
      const { home } = user;
      mkdirSync(join(home, 'context/etc'), { recursive: true });
      writeFileSync(join(home, 'context/etc/motd'), 'hello\n');
      writeFileSync(join(home, 'context/Dockerfile'), 'FROM scratch\nADD --chown=3:4 etc /etc\n');
      const built = forbidden(directory, user, [
        ...PLINTH,
        'build',
        '-t',
        'x',
        '-o',
        'type=ext4,dest=x.ext4',
        'context',
      ]);
      expect(built.stderr).toContain('x.ext4');
      expect(built.status).toBe(0);
      expect(spawnSync('e2fsck', ['-fn', join(home, 'x.ext4')]).status).toBe(0);
      const text = execFileSync('debugfs', ['-R', 'cat /etc/motd', join(home, 'x.ext4')], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      expect(text).toBe('hello\n');
    });
  });

  it('is told why a RUN step cannot run', async () => {
    await asUser((user, directory) => {
      const { home } = user;
      mkdirSync(join(home, 'context'), { recursive: true });
      writeFileSync(join(home, 'context/Dockerfile'), 'FROM scratch\nCOPY . /\nRUN true\n');
      const built = forbidden(directory, user, [...PLINTH, 'build', 'context']);
      expect(built.status).toBe(1);
      expect(built.stderr).toMatch(/user namespace/);
      expect(built.stderr).toMatch(/hint: /);
    });
  });
});

describe('two builds of the same', () => {
  let directory = '';
  beforeAll(() => {
    directory = execFileSync('mktemp', ['-d'], { encoding: 'utf8' }).trim();
  });
  afterAll(() => {
    execFileSync('rm', ['-rf', directory]);
  });

  it('from directories with files in different order are the same image and the same disk', () => {
    const first = join(directory, 'first');
    const second = join(directory, 'second');
    plinthOk(['new', 'minios', first]);
    // Extracted in reverse, so that inode numbers and the order of names on the disk differ.
    mkdirSync(second);
    execFileSync('sh', ['-c', 'cd "$0" && tar -cf ../first.tar --no-recursion $(find . | sort -r)', first]);
    execFileSync('tar', ['-xpf', join(directory, 'first.tar'), '-C', second]);
    const disks = [first, second].map((context, index) => {
      const disk = join(directory, `${index}.ext4`);
      const args = ['build', '-q', '-t', 'minios', '--no-cache', '-o', `type=ext4,dest=${disk}`, context];
      return { id: plinthOk(['--root', join(directory, `store-${index}`), ...args]), bytes: readFileSync(disk) };
    });
    expect(disks[1]?.id).toBe(disks[0]?.id);
    expect(disks[1]?.bytes.equals(disks[0]?.bytes ?? Buffer.alloc(0))).toBe(true);
  });
});

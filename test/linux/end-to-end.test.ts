import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeText } from '../../src/bytes/index.ts';
import { readTree } from '../../src/host/index.ts';
import { compareTrees, mustTreePath, TreeEditor } from '../../src/tree/index.ts';
import { checkDisk, withMount } from '../support/ext4-disk.ts';
import { inDirectory, plinthOk, startPlinth } from '../support/plinth.ts';

/** A context with what is easily lost: owners, modes, times, attributes, holes and links. */
const DOCKERFILE = `FROM scratch AS files
ADD ./ /
RUN rm /Dockerfile && mkdir -m 1777 /made && echo text > /made/one && ln /made/one /made/two \\
 && chown 33:44 /made/one && chmod 6751 /made/one && mkfifo /made/pipe && touch -d @1000000000 /made
FROM files
RUN truncate -s 8M /made/holes && ln -s ../made /etc/made
CMD ["/bin/sh"]
`;

function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function podman(directory: string, ...args: readonly string[]): string {
  const storage = ['--root', join(directory, 'podman'), '--runroot', join(directory, 'podman-run')];
  const runtime = ['--storage-driver', 'vfs', '--runtime', 'runc', '--cgroup-manager', 'cgroupfs'];
  return run('podman', ...storage, ...runtime, ...args);
}

describe('a system made from nothing', () => {
  it('is the same as image, container, directory and mounted disk, and others read it', async () => {
    await inDirectory(async (made) => {
      // podman takes names from paths, and those are lower case.
      const directory = join('/tmp', `plinth-e2e-${process.pid}`);
      mkdirSync(directory);
      try {
        const root = join(directory, 'store');
        const context = join(made, 'context');
        const out = (name: string): string => join(directory, name);
        plinthOk(['new', 'minios', context]);
        writeFileSync(join(context, 'Dockerfile'), DOCKERFILE);
        const outputs = [
          `type=ext4,dest=${out('disk.ext4')}`,
          `type=docker,dest=${out('docker.tar')}`,
          `type=oci,dest=${out('oci.tar')}`,
          `type=tar,dest=${out('root.tar')}`,
          `type=local,dest=${out('local')}`,
        ].flatMap((output) => ['-o', output]);
        const id = plinthOk(['--root', root, 'build', '-q', '-t', 'minios', ...outputs, context]).trim();
        expect(plinthOk(['--root', root, 'run', '--rm', 'minios', 'cat', '/made/two'])).toBe('text\n');

        checkDisk(out('disk.ext4'));
        const wanted = readTree(out('local'), { xattrs: true, holes: true });
        await withMount(out('disk.ext4'), (mountPoint) => {
          const editor = new TreeEditor(readTree(mountPoint, { xattrs: true, holes: true }));
          editor.remove(mustTreePath(encodeText('lost+found')));
          expect(compareTrees(wanted, editor.finish())).toEqual([]);
        });
        mkdirSync(out('unpacked'));
        run('tar', '-xpf', out('root.tar'), '-C', out('unpacked'), '--numeric-owner', '--xattrs');
        expect(compareTrees(wanted, readTree(out('unpacked'), { xattrs: true, holes: true }))).toEqual([]);

        podman(directory, 'load', '-i', out('docker.tar'));
        expect(podman(directory, 'images', '-q', '--no-trunc').trim()).toBe(id);
        const name = podman(directory, 'images', '--format', '{{.Repository}}:{{.Tag}}').trim();
        const limits = ['--network', 'none', '--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'];
        const shown = podman(directory, 'run', '--rm', ...limits, name, 'stat', '-c', '%u:%g %a', '/made/two');
        expect(shown).toBe('33:44 6751\n');
        run('skopeo', '--insecure-policy', 'copy', `oci-archive:${out('oci.tar')}`, `dir:${out('skopeo')}`);
        expect(existsSync(out('skopeo/manifest.json'))).toBe(true);
      } finally {
        run('rm', '-rf', directory);
      }
    });
  });

  it('is the same bytes from another file system in another order', async () => {
    await inDirectory(async (directory) => {
      const first = join(directory, 'first');
      const memory = join(directory, 'memory');
      mkdirSync(memory);
      plinthOk(['new', 'minios', first]);
      run('mount', '-t', 'tmpfs', 'none', memory);
      try {
        const second = join(memory, 'second');
        mkdirSync(second);
        run('sh', '-c', 'cd "$0" && tar -cf - --no-recursion $(find . | sort -r) | tar -xpf - -C "$1"', first, second);
        const [one, other] = [first, second].map((context, index) => {
          const disk = join(directory, `${index}.ext4`);
          const words = ['build', '-q', '-t', 'x', '--no-cache', '-o', `type=ext4,dest=${disk}`, context];
          return { id: plinthOk(['--root', join(directory, `s${index}`), ...words]), bytes: readFileSync(disk) };
        });
        expect(other?.id).toBe(one?.id);
        expect(other?.bytes.equals(one?.bytes ?? Buffer.alloc(0))).toBe(true);
      } finally {
        run('umount', memory);
      }
    });
  });
});

describe('a build that is interrupted', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s ends with %d and leaves nothing', async (signal, status) => {
    await inDirectory(async (directory) => {
      const context = join(directory, 'context');
      const root = join(directory, 'store');
      plinthOk(['new', 'minios', context]);
      writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nADD . /\nRUN echo begun; sleep 1000\n');
      const child = startPlinth(['--root', root, 'build', '--progress', 'plain', '-t', 'x', context]);
      for await (const chunk of child.stderr ?? []) if (String(chunk).includes(' begun\n')) break;
      child.kill(signal);
      expect(await once(child, 'exit')).toEqual([status, null]);
      expect(readdirSync(join(root, 'tmp'))).toEqual([]);
      expect(plinthOk(['--root', root, 'images', '-q'])).toBe('');
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(root);
    });
  });
});

describe('several processes at one store', () => {
  it('build the same name while another prunes', async () => {
    await inDirectory(async (directory) => {
      const root = join(directory, 'store');
      const context = join(directory, 'context');
      mkdirSync(context);
      const builds = Array.from({ length: 6 }, async (_, index) => {
        writeFileSync(join(context, `f${index}`), String(index));
        const dockerfile = join(directory, `Dockerfile.${index}`);
        writeFileSync(dockerfile, `FROM scratch\nCOPY f${index} /\nCOPY f${index} /again\n`);
        const words = index % 3 === 2 ? ['prune', '--all'] : ['build', '-t', 'same', '-f', dockerfile, context];
        const child = startPlinth(['--root', root, ...words]);
        child.stderr?.resume();
        child.stdout?.resume();
        return (await once(child, 'exit'))[0];
      });
      expect(await Promise.all(builds)).toEqual([0, 0, 0, 0, 0, 0]);
      const verify = (await import('../../src/sdk/index.ts')).verifyStore;
      expect(await verify({ root })).toEqual([]);
    });
  });
});

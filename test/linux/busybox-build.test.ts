import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/bytes/index.ts';
import { writeFakeSource } from '../support/busybox-source.ts';
import { inDirectory, PLINTH, plinth, plinthOk } from '../support/plinth.ts';

interface Place {
  readonly directory: string;
  /** Where builds put what is not to stay. */
  readonly temporary: string;
  readonly env: Readonly<Record<string, string>>;
  /** The words of a build of the source that compiles at once. */
  readonly build: readonly string[];
}

function withSource<T>(use: (place: Place) => Promise<T> | T): Promise<T> {
  return inDirectory(async (directory) => {
    const source = join(directory, 'busybox.tar');
    writeFakeSource(source);
    const temporary = join(directory, 'tmp');
    mkdirSync(temporary);
    const env = { TMPDIR: temporary, PLINTH_ROOT: join(directory, 'store') };
    return await use({ directory, temporary, env, build: ['busybox', 'build', source, '--progress', 'plain'] });
  });
}

function processesIn(directory: string): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/cwd`).startsWith(directory);
    } catch {
      return false;
    }
  });
}

describe('plinth busybox build', () => {
  it('installs, leaves out what does not compile here and says why, and leaves nothing behind', async () => {
    await withSource(({ directory, temporary, env, build }) => {
      const root = join(directory, 'root');
      const { status, stderr } = plinth([...build, '-o', root], { env: { ...env, CFLAGS: '-DNONSENSE -xyz' } });
      expect({ status, stderr }).toMatchObject({ status: 0 });
      expect(stderr).toMatch(/WARNING: left out TC: the kernel headers \(Linux 6\.8 or later\)/);
      expect(stderr).toMatch(/built BusyBox 9\.9\.9 for linux\/amd64: 1 command, .* from .*busybox\.tar\n/);
      expect(stderr).toContain(`log: ${root}.log\n`);
      expect(readdirSync(join(root, 'bin')).sort()).toEqual(['busybox', 'sh']);
      expect(readlinkSync(join(root, 'bin/sh'))).toBe('busybox');
      expect(execFileSync(join(root, 'bin/sh'), { encoding: 'utf8' })).toBe('BusyBox v9.9.9 (main.c)\n');
      expect(readFileSync(`${root}.log`, 'utf8')).toMatch(/^# source: [\s\S]*^# make .* defconfig$/m);
      expect(readdirSync(temporary)).toEqual([]);
    });
  });

  it('makes a context and an image of one build', async () => {
    await withSource(({ directory, env, build }) => {
      const context = join(directory, 'context');
      plinthOk([...build, '--context', context, '-t', 'made', '-t', 'made:2'], { env });
      plinthOk(['build', '-q', '-t', 'built', context], { env });
      for (const image of ['made', 'made:2', 'built']) {
        expect(plinthOk(['run', '--rm', image], { env })).toBe('BusyBox v9.9.9 (main.c)\n');
      }
    });
  });

  it.each([
    [['--enable', 'BROKEN'], /build BusyBox: broken\.c:3: error: .*missing_thing.* undeclared/, /log is .*root\.log/],
    [
      ['--enable', 'TC'],
      /build BusyBox: networking\/tc\.c:1: error: .*TCA_CBQ_MAX/,
      /Leave it out: the kernel headers/,
    ],
    [['--enable', 'BROKN'], /set option BROKN: this BusyBox has none/, /Did you mean BROKEN\?/],
    [['--enable', 'WGET', '--disable', 'TLS'], /set option WGET: it does not stay on: it depends on TLS/, /--enable/],
    [['--enable', 'ASKS'], /run make: it printed more than \d+ bytes/, /out of range/],
    [['--applets', 'sh,wgte'], /this BusyBox has no "wgte"/, /Did you mean wget\?/],
    [['--applets', 'sh', '--config', '/dev/null'], /it contradicts --config/, /--enable/],
    [['--cross', 'nothing-linux-gnu-'], /there is no nothing-linux-gnu-gcc/, /apt-get install gcc-nothing-linux-gnu/],
    [['--dynamic', '-t', 'x'], /make a system of a dynamic BusyBox/, /-o DIR/],
    [['--in', 'nothing'], /find image nothing/, /./],
    [['--checksum', `sha256:${'0'.repeat(64)}`], /its checksum is sha256:[0-9a-f]{64}, it must be sha256:0000/, /./],
  ])('explains %j', async (words, message, hint) => {
    await withSource(({ directory, temporary, env, build }) => {
      const { status, stderr } = plinth([...build, '-o', join(directory, 'root'), ...words], { env });
      expect(status).not.toBe(0);
      expect(/^error: (.*)$/m.exec(stderr)?.[1]).toMatch(message);
      expect(/^hint: (.*)$/m.exec(stderr)?.[1]).toMatch(hint);
      expect(existsSync(join(directory, 'root'))).toBe(false);
      expect(readdirSync(temporary)).toEqual([]);
    });
  });

  it('builds only some applets, and switches on what they depend on', async () => {
    await withSource(({ directory, env, build }) => {
      const root = join(directory, 'root');
      plinthOk([...build, '-o', root, '--applets', 'sh,wget', '--dynamic', '--jobs', '1'], { env });
      expect(readdirSync(join(root, 'usr/bin'))).toEqual(['wget']);
      expect(readFileSync(join(root, 'bin/busybox')).includes('ld-linux')).toBe(true);
    });
  });

  it('ends make and all its children at Ctrl-C, and leaves only the log', async () => {
    await withSource(async ({ directory, temporary, env, build }) => {
      const log = join(directory, 'root.log');
      const [file, ...args] = [
        ...PLINTH,
        ...build,
        '-o',
        join(directory, 'root'),
        '--enable',
        'SLOW',
        '--disable',
        'TC',
      ];
      const child: ChildProcess = spawn(file, args, {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, ...env },
      });
      let shown = '';
      for await (const chunk of child.stderr ?? []) {
        const before = shown;
        shown += String(chunk);
        // Once: a second signal would end it at once.
        if (shown.includes('slow has started') && !before.includes('slow has started')) child.kill('SIGINT');
      }
      if (child.exitCode === null) await once(child, 'exit');
      expect(child.exitCode).toBe(130);
      expect(processesIn(temporary)).toEqual([]);
      expect(readdirSync(temporary)).toEqual([]);
      expect(readFileSync(log, 'utf8')).toContain('slow has started');
    });
  });

  it('takes an address with a checksum, also behind a redirect', async () => {
    await withSource(async ({ directory, env }) => {
      const bytes = readFileSync(join(directory, 'busybox.tar'));
      const server = createServer(({ url }, response) => {
        if (url === '/busybox.tar') response.end(bytes);
        else response.writeHead(302, { location: '/busybox.tar' }).end();
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      try {
        const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/latest`;
        const run = (checksum: readonly string[]) => {
          const words = [...PLINTH, 'busybox', 'build', address, ...checksum, '-o', join(directory, 'root')];
          const [file, ...args] = words;
          const child = spawn(file ?? '', args, {
            stdio: ['ignore', 'ignore', 'pipe'],
            env: { ...process.env, ...env },
          });
          return Promise.all([once(child, 'exit'), child.stderr.toArray()]);
        };
        const [[refused], said] = await run([]);
        expect(refused).toBe(1);
        expect(said.join('')).toContain('an address needs a checksum');
        expect((await run(['--checksum', digestOf(bytes)]))[0][0]).toBe(0);
        expect(existsSync(join(directory, 'root/bin/busybox'))).toBe(true);
      } finally {
        server.closeAllConnections();
        server.close();
      }
    });
  });

  it('refuses an archive that holds no source, and does not follow what leads out of it', async () => {
    await inDirectory((directory) => {
      const [source, victim] = [join(directory, 'x.tar'), join(directory, 'victim')];
      writeFileSync(victim, 'untouched');
      writeFakeSource(source);
      const bad = join(directory, 'bad.tar');
      execFileSync('sh', [
        '-c',
        'cd "$1" && mkdir a && ln -s "$2" a/Makefile && tar cf bad.tar a',
        'sh',
        directory,
        victim,
      ]);
      const { status, stderr } = plinth(['busybox', 'build', bad, '-o', join(directory, 'root')]);
      expect([status, readFileSync(victim, 'utf8')]).toEqual([1, 'untouched']);
      expect(stderr).toContain('there is no BusyBox source in it');
    });
  });
});

import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ElfObjectOptions, elfObject } from '../../test/support/elf-object.ts';
import { type MiniosOptions, newMinios } from './minios.ts';
import type { RecipePowers } from './powers.ts';

const TABLE = Buffer.from('\0BusyBox v1.36.1 (test)\0\x01[\0ash\0cat\0init\0sh\0vi\0\x02', 'latin1');
const MTIME = 1_600_000_000;
const SKELETON = [
  'Dockerfile',
  'bin',
  'bin/ash',
  'bin/busybox',
  'bin/cat',
  'bin/sh',
  'bin/vi',
  'etc',
  'etc/group',
  'etc/hosts',
  'etc/os-release',
  'etc/passwd',
  'etc/profile',
  'lib',
  'lib64',
  'root',
  'sbin',
  'sbin/init',
  'tmp',
  'usr',
  'usr/bin',
  'usr/bin/[',
  'usr/include',
  'usr/lib',
  'usr/lib64',
  'usr/local',
  'usr/sbin',
  'var',
  'var/lib',
  'var/local',
  'var/log',
  'var/run',
];

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'plinth-minios-test-'));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

function busybox(options: ElfObjectOptions = {}, name = 'busybox'): string {
  const path = join(scratch, name);
  writeFileSync(path, elfObject({ type: 2, tail: TABLE, ...options }));
  utimesSync(path, MTIME, MTIME);
  return path;
}

/** A machine on which no program runs. */
function powers(change: Partial<RecipePowers> = {}): RecipePowers {
  const runProgram = async () => ({ status: undefined, stdout: '', stderr: '' });
  return { env: { PATH: join(scratch, 'path') }, nodePlatform: 'linux', nodeArch: 'x64', runProgram, ...change };
}

function make(options: Partial<MiniosOptions> = {}, change: Partial<RecipePowers> = {}) {
  return newMinios({ directory: join(scratch, 'out'), ...options }, powers(change));
}

describe('newMinios', () => {
  it('makes skeleton, links and Dockerfile, all with the time of the BusyBox', async () => {
    const umask = process.umask(0o077);
    const report = await make({ busybox: busybox() }).finally(() => process.umask(umask));
    const out = join(scratch, 'out');
    expect(report).toMatchObject({ version: '1.36.1', platform: 'linux/amd64', native: true, commands: 6 });
    expect((readdirSync(out, { recursive: true }) as string[]).sort()).toEqual(SKELETON);
    for (const name of ['', ...SKELETON]) expect(lstatSync(join(out, name)).mtimeMs, name).toBe(MTIME * 1000);
    expect(readlinkSync(join(out, 'bin/sh'))).toBe('busybox');
    expect(readlinkSync(join(out, 'sbin/init'))).toBe('../bin/busybox');
    expect(readlinkSync(join(out, 'usr/bin/['))).toBe('../../bin/busybox');
    expect(readlinkSync(join(out, 'lib64'))).toBe('usr/lib64');
    const mode = (name: string) => (statSync(join(out, name)).mode & 0o7777).toString(8);
    expect(['tmp', 'root', 'usr', 'bin/busybox', 'etc/passwd'].map(mode)).toEqual(['1777', '700', '755', '755', '644']);
    expect(readFileSync(join(out, 'Dockerfile'), 'utf8').split('\n').slice(1)).toEqual([
      'FROM scratch',
      'MAINTAINER minios',
      'ADD ./ /',
      'RUN rm /Dockerfile',
      'CMD ["/bin/sh"]',
      '',
    ]);
  });

  it('takes the commands that a BusyBox of this machine names itself', async () => {
    const runProgram = async (_: string, args: readonly string[]) => {
      expect(args).toEqual(['--list-full']);
      return { status: 0, stdout: 'bin/busybox\nbin/sh\nopt/own/tool\n', stderr: '' };
    };
    await make({ busybox: busybox() }, { runProgram });
    expect(readlinkSync(join(scratch, 'out/opt/own/tool'))).toBe('../../bin/busybox');
    expect(readdirSync(join(scratch, 'out/bin')).sort()).toEqual(['busybox', 'sh']);
  });

  it('renews an earlier minios: stale commands go, files of the user stay', async () => {
    await make({ busybox: busybox() });
    writeFileSync(join(scratch, 'out/etc/motd'), 'mine');
    symlinkSync('cat', join(scratch, 'out/bin/mycat'));
    const smaller = Buffer.from('\0\x01ash\0cat\0sh\0\x02', 'latin1');
    await make({ busybox: busybox({ tail: smaller }) });
    expect(readdirSync(join(scratch, 'out/bin')).sort()).toEqual(['ash', 'busybox', 'cat', 'mycat', 'sh']);
    expect(readdirSync(join(scratch, 'out/sbin'))).toEqual([]);
    expect(readFileSync(join(scratch, 'out/etc/motd'), 'utf8')).toBe('mine');
  });

  it('does not write into a directory that holds something else, unless forced', async () => {
    mkdirSync(join(scratch, 'out'));
    writeFileSync(join(scratch, 'out/Dockerfile'), 'FROM scratch\n');
    await expect(make({ busybox: busybox() })).rejects.toMatchObject({ code: 'minios-directory-used' });
    await make({ busybox: busybox(), force: true });
    expect(readFileSync(join(scratch, 'out/Dockerfile'), 'utf8')).toContain('ADD ./ /');
  });

  it('follows no link out of the directory', async () => {
    mkdirSync(join(scratch, 'out'));
    mkdirSync(join(scratch, 'elsewhere'));
    symlinkSync('../elsewhere', join(scratch, 'out/bin'));
    await expect(make({ busybox: busybox(), force: true })).rejects.toMatchObject({ code: 'minios-write-failed' });
    expect(readdirSync(join(scratch, 'elsewhere'))).toEqual([]);
  });

  it.each([
    ['a dynamic one', { interpreter: '/lib/ld.so' }, 'busybox-dynamic', /it needs the loader \/lib\/ld\.so/],
    ['one with libraries', { needed: ['libm.so.6'] }, 'busybox-dynamic', /it needs libm\.so\.6/],
    [
      'one of another processor',
      { machine: 183 },
      'busybox-foreign',
      /it is for arm64, the system is to be for linux\/amd64/,
    ],
  ])('refuses %s, or accepts it with the reason', async (_, options, code, message) => {
    const file = busybox(options);
    await expect(make({ busybox: file })).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    const warnings: string[] = [];
    await make({ busybox: file, force: true, warn: (warning) => warnings.push(warning) });
    expect(warnings).toEqual([expect.stringMatching(message)]);
  });

  it('makes a system for another platform', async () => {
    const report = await make({ busybox: busybox({ machine: 183 }), platform: 'linux/arm64' });
    expect(report).toMatchObject({ platform: 'linux/arm64', native: false, commands: 6 });
  });

  it.each([
    ['missing', 'none', 'busybox-read-failed'],
    ['no program', 'script', 'busybox-not-elf'],
    ['no BusyBox', 'other', 'busybox-applets-unknown'],
  ])('says that a file is %s', async (_, name, code) => {
    writeFileSync(join(scratch, 'script'), '#!/bin/sh\n');
    writeFileSync(join(scratch, 'other'), elfObject({ type: 2 }));
    await expect(make({ busybox: join(scratch, name) })).rejects.toMatchObject({ code });
  });

  it('passes over a dynamic BusyBox on PATH, and says what it tried when nothing is left', async () => {
    mkdirSync(join(scratch, 'path'));
    busybox({ interpreter: '/lib/ld.so', machine: 4711 }, 'path/busybox');
    chmodSync(join(scratch, 'path/busybox'), 0o755);
    const error = await make({ platform: 'linux/mips64le' }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'busybox-missing', hint: expect.stringContaining('busybox-static') });
    expect((error as Error).message).toMatch(/path\/busybox: it is for machine 0x1267.*there is no apt-get here/);
  });
});

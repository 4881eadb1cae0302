import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elfObject } from '../../test/support/elf-object.ts';
import { type RootEntry, rootTree } from '../../test/support/root-tree.ts';
import { encodeText } from '../bytes/index.ts';
import type { ProcessConfig } from '../oci/index.ts';
import { type DiagnoseOptions, diagnose, explainShell, explainStart, type Finding } from './index.ts';

const STATIC = elfObject({ type: 2 });
const ARM = elfObject({ type: 2, machine: 183 });
const AMD64 = { os: 'linux', architecture: 'amd64' };

function patient(
  files: Readonly<Record<string, RootEntry>>,
  config: ProcessConfig,
  more: Partial<DiagnoseOptions> = {},
): DiagnoseOptions {
  return {
    tree: rootTree(files),
    source: { kind: 'image', name: 'app' },
    config,
    platform: AMD64,
    account: { uid: 0, gid: 0, additionalGids: [], home: '/root' },
    host: { platform: AMD64, emulators: [] },
    ...more,
  };
}

function errors(...args: Parameters<typeof patient>): Finding[] {
  return diagnose(patient(...args)).filter(({ severity }) => severity === 'error');
}

describe('diagnose', () => {
  it('says nothing of a static program that starts', () => {
    expect(errors({ app: STATIC }, { Cmd: ['/app'] })).toEqual([]);
  });

  it('names the file, the words of the error, the cause and the fix', () => {
    expect(errors({ app: { bytes: STATIC, mode: 0o644 } }, { Cmd: ['/app'] })).toEqual([
      {
        code: 'program-not-executable',
        severity: 'error',
        path: '/app',
        why: 'exec /app: permission denied',
        cause: 'Its mode is 0644: nobody may execute it.',
        fix: { commands: [], dockerfile: ['COPY --from=app --chmod=0755 /app /app'] },
      },
    ]);
  });

  it('mends by RUN where the image has a shell and the tool', () => {
    const files = { app: { bytes: STATIC, mode: 0o644 }, 'bin/sh': STATIC, 'bin/chmod': STATIC };
    expect(errors(files, { Cmd: ['/app'], User: '7' })[0]?.fix.dockerfile).toEqual([
      'USER 0',
      'RUN chmod 0755 /app',
      'USER 7',
    ]);
  });

  it('mends directories by commands that never follow a link out of them', () => {
    const files = { 'opt/app': { bytes: STATIC, mode: 0o644 }, app: { link: '/opt/app' } };
    const options = patient(files, {}, { source: { kind: 'directory', path: "/my root's" }, command: ['/app'] });
    expect(diagnose(options)[0]?.fix).toEqual({ commands: ["chmod 0755 '/my root'\\''s/opt/app'"], dockerfile: [] });
  });

  it('keeps the CMD that a new ENTRYPOINT would take away', () => {
    const found = errors({ 'usr/bin/app': STATIC }, { Entrypoint: ['/bin/app'], Cmd: ['-v'] });
    expect(found).toMatchObject([{ code: 'command-missing', path: '/bin/app' }]);
    expect(found[0]?.fix.dockerfile).toEqual(['ENTRYPOINT ["/usr/bin/app"]', 'CMD ["-v"]']);
  });

  it('compares the program with the platform of the image, and that with the host', () => {
    expect(errors({ app: ARM }, { Cmd: ['/app'] })).toMatchObject([{ code: 'program-other-machine', path: '/app' }]);
    const arm = { os: 'linux', architecture: 'arm64' };
    expect(diagnose(patient({ app: ARM }, { Cmd: ['/app'] }, { platform: arm }))[0]).toMatchObject({
      code: 'platform-not-host',
      severity: 'warning',
      fix: { commands: ['apt-get install -y qemu-user-static binfmt-support'] },
    });
  });

  it('looks for the emulator in the image unless the kernel has it open', () => {
    const rule = { name: 'qemu', interpreter: '/usr/bin/qemu', magic: ARM.subarray(0, 20), mask: Buffer.alloc(0) };
    const options = (isFixed: boolean, files = {}) =>
      patient(
        { app: ARM, ...files },
        { Cmd: ['/app'] },
        {
          platform: { os: 'linux', architecture: 'arm64' },
          host: { platform: AMD64, emulators: [{ ...rule, offsetBytes: 0, isFixed }] },
        },
      );
    const codes = (given: DiagnoseOptions) =>
      diagnose(given).flatMap(({ code, severity }) => (severity === 'note' ? [] : [code]));
    expect(codes(options(true))).toEqual([]);
    expect(codes(options(false, { 'usr/bin/qemu': STATIC }))).toEqual([]);
    expect(codes(options(false))).toEqual(['emulator-missing']);
  });

  it('compares the note of the oldest kernel with this one', () => {
    const words = Buffer.concat([0, 7, 1, 0].map((word) => Buffer.from([word, 0, 0, 0])));
    const app = elfObject({ type: 2, notes: [{ name: 'GNU', type: 1, text: words }] });
    const found = (kernel: readonly [number, number, number]) =>
      diagnose(patient({ app }, { Cmd: ['/app'] }, { host: { platform: AMD64, emulators: [], kernel } }));
    expect(found([6, 18, 0])[0]).toMatchObject({ code: 'kernel-too-old', severity: 'warning', path: '/app' });
    expect(found([7, 1, 0]).some(({ code }) => code === 'kernel-too-old')).toBe(false);
  });

  it('looks at what a machine boots with', () => {
    const codes = (files: Readonly<Record<string, RootEntry>>) =>
      diagnose({ ...patient(files, {}), config: undefined, vm: true }).map(({ code, path }) => `${code} ${path}`);
    expect(codes({})).toEqual([
      'init-missing /sbin/init',
      'vm-directory-missing /dev',
      'vm-directory-missing /proc',
      'vm-directory-missing /sys',
      'resolv-conf-missing /etc/resolv.conf',
    ]);
    const directories = { dev: { directory: true }, proc: { directory: true }, sys: { directory: true } } as const;
    const rest = { ...directories, 'etc/resolv.conf': '' };
    expect(codes({ ...rest, 'sbin/init': STATIC })).toEqual([]);
    expect(codes({ ...rest, 'sbin/init': '#!/bin/nosh\n' })).toEqual(['script-interpreter-missing /sbin/init']);
  });

  it('looks for what a shell runs first, not for what it has in itself', () => {
    const busybox = Buffer.concat([STATIC, Buffer.from('BusyBox v1.36\0ash\0env\0')]);
    const codes = (text: string, shell: Buffer = busybox) =>
      errors({ 'bin/sh': shell, 'bin/tool': STATIC }, { Cmd: ['/bin/sh', '-c', text] }).map(({ code }) => code);
    expect(codes('npm start')).toEqual(['shell-command-missing']);
    expect(codes('npm ci && true')).toEqual(['shell-command-missing']);
    expect(codes('npm start', STATIC)).toEqual(['shell-command-missing']);
    for (const text of [
      'env',
      'tool',
      'cd /; npm',
      '[ -e /x ] && npm',
      'A=b tool',
      'set -e; npm',
      '$X',
      '"$@"',
      '. ./x',
    ]) {
      expect(codes(text), text).toEqual([]);
    }
  });

  it('never fails on files that are no good', () => {
    const files = {
      app: Buffer.concat([STATIC.subarray(0, 70), Buffer.alloc(9)]),
      'etc/passwd': Buffer.alloc(3000, 58),
    };
    expect(errors(files, { Cmd: ['/app'] })).toMatchObject([{ code: 'program-damaged', path: '/app' }]);
    expect(errors({ a: { link: 'b' }, b: { link: 'a' } }, { Cmd: ['/a'] })[0]?.code).toBe('link-loop');
  });
});

describe('hostile files', () => {
  const path = fc.constantFrom(
    'app',
    'bin/sh',
    'lib/ld.so',
    'etc/passwd',
    'etc/ld.so.cache',
    'sbin/init',
    'tmp',
    'etc/hosts',
  );
  const damaged = fc
    .tuple(fc.nat(400), fc.array(fc.tuple(fc.nat(399), fc.nat(255)), { maxLength: 12 }))
    .map(([size, changes]) => {
      const bytes = elfObject({
        interpreter: '/lib/ld.so',
        needed: ['a.so', 'b.so'],
        versionsNeeded: { 'a.so': ['A_1'] },
      });
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      return bytes.subarray(0, Math.max(size, 20));
    });
  const file: fc.Arbitrary<RootEntry> = fc.oneof(
    damaged,
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.string({ maxLength: 40 }).map((text) => `#!${text}`),
    fc.constantFrom({ link: 'app' }, { link: '/bin/sh' }, { link: '../..' }, { directory: true }),
  );
  const word = fc.oneof(
    path.map((text) => `/${text}`),
    fc.string({ maxLength: 8 }),
  );

  it('are findings at most, whatever they hold', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(path, file), { maxLength: 5, selector: ([name]) => name }),
        fc.array(word, { maxLength: 4 }),
        fc.string({ maxLength: 5 }),
        (files, Cmd, WorkingDir) => {
          const options = patient(Object.fromEntries(files), { Cmd, WorkingDir, Volumes: { [WorkingDir]: {} } });
          for (const source of [options.source, { kind: 'directory', path: '/d' }, { kind: 'tar' }] as const) {
            const found = diagnose({ ...options, source, vm: true });
            for (const { fix, why, cause } of found) {
              expect(fix.commands.length + fix.dockerfile.length, why).toBeGreaterThan(0);
              expect(cause).not.toBe('');
            }
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe('after the fact', () => {
  it('tells the first thing in the way of a start', () => {
    const found = explainStart(patient({ app: '#!/bin/bash\n' }, { Cmd: ['/app'] }));
    expect(found).toMatchObject({ code: 'script-interpreter-missing', path: '/app' });
    expect(explainStart(patient({ app: STATIC }, { Cmd: ['/app'] }))).toBeUndefined();
  });

  it('tells which command of a shell is not there, or cannot start', () => {
    const files = { 'bin/sh': STATIC, 'bin/ls': STATIC, tool: elfObject({ interpreter: '/lib64/ld.so' }) };
    const explain = (text: string) => explainShell(patient(files, { Cmd: ['/bin/sh', '-c', text] }), text)?.code;
    expect(explain('ls && /tool --now')).toBe('loader-missing');
    expect(explain('cd /x; A=1 exec /nothing')).toBe('shell-command-missing');
    expect(explain('ls | ls')).toBeUndefined();
  });

  it('takes words as bytes', () => {
    expect(encodeText('/bin/ü')).toHaveLength(7);
    expect(explainStart(patient({}, { Cmd: ['/ü'] }))?.path).toBe('/ü');
  });
});

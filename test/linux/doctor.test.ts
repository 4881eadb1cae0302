import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { doctorCodes } from '../../src/sdk/index.ts';
import { BROKEN } from './doctor-cases.ts';
import { type DebianTree, startDebootstrap } from './doctor-debian.ts';
import { DoctorPlace, SHELL, TOOLS } from './doctor-place.ts';
import { MADE, SOUND } from './doctor-sound.ts';

let place: DoctorPlace;
let debian: DebianTree;
beforeAll(() => {
  place = new DoctorPlace();
  debian = startDebootstrap(place.directory);
});
afterAll(async () => {
  await debian.ended;
  place.remove();
});

describe('a broken image is diagnosed, and starts with the fix as it is printed', () => {
  it.concurrent.each(BROKEN.map((image, index) => ({ ...image, name: `broken-${index}` })))(
    '$code at $path',
    async ({ name, code, path, prints = 'started\n', runs = false, ...image }) => {
      await place.build(name, image);
      const { status, report } = await place.doctor('--all', name);
      const found = report.findings.filter((finding) => finding.code === code);
      expect(found, JSON.stringify(report.findings, undefined, 1)).toMatchObject([{ path }]);
      // One thing is wrong, and nothing else is called so.
      const { severity } = doctorCodes[code];
      const worse = report.findings.filter((finding) => finding.severity !== 'note' && finding.code !== code);
      expect(worse).toEqual([]);
      expect(status).toBe(severity === 'error' ? 1 : 0);
      if (!runs) expect((await place.plinth('run', '--rm', name)).status).not.toBe(0);

      const context = place.context();
      const [{ fix } = { fix: { commands: [], dockerfile: [] } }] = found;
      for (const command of fix.commands) execFileSync('sh', ['-ec', command], { cwd: context });
      const [first = ''] = fix.dockerfile;
      const lines = first.startsWith('FROM ') ? fix.dockerfile : [`FROM ${name}`, ...fix.dockerfile];
      await place.buildContext(context, `${name}-mended`, lines);
      expect(await place.plinth('run', '--rm', `${name}-mended`)).toEqual({ status: 0, stdout: prints, stderr: '' });
      const again = await place.doctor('--all', `${name}-mended`);
      expect(again.report.findings.filter((finding) => finding.severity !== 'note' || finding.code === code)).toEqual(
        [],
      );
      expect(again.status).toBe(0);
    },
  );
});

async function expectSound(image: string): Promise<void> {
  expect(await place.doctor(image)).toMatchObject({ status: 0, report: { findings: [] } });
  expect(await place.plinth('run', '--rm', image)).toEqual({ status: 0, stdout: 'started\n', stderr: '' });
}

describe('a sound image gives no finding', () => {
  it.concurrent.each(SOUND.map((image, index) => ({ ...image, image: `sound-${index}` })))(
    '$name',
    async ({ image, ...files }) => {
      await place.build(image, files);
      await expectSound(image);
    },
  );

  it.concurrent.each(MADE.map(([name, make], index) => ({ name, make, image: `made-${index}` })))(
    '$name',
    async ({ make, image }) => {
      await make(place, image);
      await expectSound(image);
    },
  );

  it('a script of Python on Debian', async () => {
    expect(await debian.ended).toBe(0);
    writeFileSync(join(debian.root, 'app'), '#!/usr/bin/env python3\nprint("started")\n', { mode: 0o755 });
    execFileSync('tar', ['-cf', join(place.directory, 'debian.tar'), '-C', debian.root, '.']);
    await place.ok('import', '-c', 'CMD ["/app"]', join(place.directory, 'debian.tar'), 'debian');
    await expectSound('debian');
    // The same as a directory and as a tar, as a program and as a machine.
    for (const source of [debian.root, join(place.directory, 'debian.tar'), 'debian']) {
      expect(
        (await place.doctor(source, '/app')).report.findings.filter(({ severity }) => severity !== 'note'),
      ).toEqual([]);
    }
    expect((await place.doctor('--vm', debian.root)).report.findings).toEqual([]);
  });
});

describe('what could not be started is explained', () => {
  const STATUS = { missing: 127, refused: 126 };

  it.each([
    [
      'a program without its loader',
      { files: { '/app': { program: 'dynamic' } }, lines: ['CMD ["/app"]'] },
      STATUS.missing,
      [/^error: execute \/app: .*it asks for the loader \/lib64\/ld-linux-x86-64.so.2, which is not there/, /COPY /],
    ],
    [
      'a script with carriage returns',
      { files: { ...TOOLS, '/app': '#!/bin/sh\r\n' }, lines: ['CMD ["/app"]'] },
      STATUS.missing,
      [/ends in a carriage return/, /In the Dockerfile:\n {2}RUN sed -i 's\/\\r\$\/\/' \/app/],
    ],
    [
      'a file that may not be executed',
      { files: { ...TOOLS, '/app': { bytes: 'x', mode: 0o644 } }, lines: ['CMD ["/app"]'] },
      STATUS.refused,
      [/its mode is 0644: nobody may execute it/, /RUN chmod 0755 \/app/],
    ],
    ['nothing at all', { files: SHELL, lines: ['CMD ["app"]'] }, STATUS.missing, [/execute app: not found/]],
  ] as const)('by run: %s', async (name, image, status, texts) => {
    const tag = `unstarted-${name.replaceAll(' ', '-')}`;
    await place.build(tag, image);
    const run = await place.plinth('run', '--rm', tag);
    expect(run.status).toBe(status);
    for (const text of texts) expect(run.stderr).toMatch(text);
  });

  it('not with files that a volume shows in their place', async () => {
    await place.build('mounted', { files: SHELL });
    const run = await place.plinth('run', '--rm', '-v', `${place.directory}:/mnt`, 'mounted', '/mnt/nothing');
    expect(run).toMatchObject({ status: 127, stderr: 'error: execute /mnt/nothing: not found in the container\n' });
  });

  it.each([
    ['RUN echo', 'FROM scratch', [/execute \/bin\/sh: not found/, /the command is in the shell form, "echo"/]],
    ['RUN ["/app"]', 'FROM steps', [/which is not there/, /COPY ld-linux/]],
    ['RUN true && /app', 'FROM steps', [/exit status 127/, /hint: exec \/app: no such file/, /COPY ld-linux/]],
    ['RUN nothing-of-the-kind', 'FROM steps', [/exit status 127/]],
  ])('by build: %s', async (line, from, texts) => {
    await place.build('steps', { files: { ...SHELL, '/app': { program: 'dynamic' } } });
    const context = place.context();
    writeFileSync(join(context, 'Dockerfile'), `${from}\n${line}\n`);
    const build = await place.plinth('build', context);
    expect(build.status).toBe(1);
    for (const text of texts) expect(build.stderr).toMatch(text);
  });
});

describe('directories and tars', () => {
  it('a directory is mended by commands', async () => {
    const root = place.context();
    const busybox = readFileSync('/bin/busybox');
    mkdirSync(join(root, 'bin'));
    writeFileSync(join(root, 'bin/sh'), busybox, { mode: 0o600 });
    writeFileSync(join(root, 'app'), '#!/usr/bin/env sh\r\n:\n', { mode: 0o755 });
    for (let left = 10; left > 0; left--) {
      const [worst] = (await place.doctor(root, '/app')).report.findings;
      if (worst?.severity !== 'error') break;
      for (const command of worst.fix.commands) execFileSync('sh', ['-ec', command]);
    }
    expect(await place.doctor(root, '/app')).toMatchObject({ status: 0, report: { kind: 'directory', findings: [] } });
    expect(execFileSync('chroot', [root, '/app'], { encoding: 'utf8' })).toBe('');
  });

  it('an archive of an image is looked at like the image', async () => {
    await place.build('saved', { files: { ...SHELL, '/app': { bytes: 'x', mode: 0o644 } }, lines: ['CMD ["/app"]'] });
    const file = join(place.directory, 'saved.tar');
    await place.ok('save', '-o', file, 'saved');
    const { status, report } = await place.doctor(file);
    expect(status).toBe(1);
    expect(report.findings.map(({ code }) => code)).toEqual(
      (await place.doctor('saved')).report.findings.map(({ code }) => code),
    );
  });

  it('a machine is given an init and places to mount on', async () => {
    const root = place.context();
    mkdirSync(join(root, 'bin'));
    writeFileSync(join(root, 'bin/busybox'), readFileSync('/bin/busybox'), { mode: 0o755 });
    const { status, report } = await place.doctor('--vm', root);
    expect(status).toBe(1);
    expect(report.findings.map(({ code }) => code).sort()).toEqual(
      ['init-missing', 'resolv-conf-missing', ...Array(3).fill('vm-directory-missing')].sort(),
    );
    for (const { fix } of report.findings) for (const command of fix.commands) execFileSync('sh', ['-ec', command]);
    expect(await place.doctor('--vm', root)).toMatchObject({ status: 0, report: { findings: [] } });
  });

  it('what is to be started must be said if nothing is usual', async () => {
    const { status, stderr } = await place.plinth('doctor', place.context());
    expect(status).toBe(1);
    expect(stderr).toContain('nothing says what is to be started');
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elfObject } from '../../test/support/elf-object.ts';
import { type RootEntry, rootTree } from '../../test/support/root-tree.ts';
import type { ByteString } from '../bytes/index.ts';
import { envCommand } from './env-command.ts';
import { type ProgramPlan, resolveProgram } from './resolve-program.ts';
import { parseShebang } from './shebang.ts';

const STATIC = elfObject({ type: 2 });

function plan(entries: Readonly<Record<string, RootEntry>>, words: readonly string[], options = {}): ProgramPlan {
  return resolveProgram(rootTree({ 'bin/sh': STATIC, ...entries }), words as ByteString[], options);
}

const opened = ({ steps }: ProgramPlan): string[] => steps.map(({ file }) => file.path);

describe('resolveProgram', () => {
  it('takes the first executable file on PATH', () => {
    const found = plan({ 'a/x': { bytes: STATIC, mode: 0o644 }, 'b/x': STATIC }, ['x', '-v'], { path: '/none:/a:/b' });
    expect([opened(found), found.args, found.problems]).toEqual([['/b/x'], ['x', '-v'], []]);
  });

  it('takes paths from the working directory', () => {
    expect(opened(plan({ 'opt/x': STATIC }, ['./x'], { cwd: '/opt' }))).toEqual(['/opt/./x']);
  });

  it('opens the loader of a program', () => {
    const found = plan({ 'bin/x': elfObject({ interpreter: '/lib/ld.so' }), 'lib/ld.so': elfObject() }, ['x']);
    expect(found.steps.map(({ file, namedBy }) => [file.path, namedBy])).toEqual([
      ['/bin/x', 'command'],
      ['/lib/ld.so', 'loader'],
    ]);
  });

  it('gives scripts to their interpreters', () => {
    const found = plan({ 'bin/x': '#! /bin/sh -e u \n' }, ['x', 'y']);
    expect([opened(found), found.args]).toEqual([
      ['/bin/x', '/bin/sh'],
      ['/bin/sh', '-e u', '/bin/x', 'y'],
    ]);
  });

  it('goes on behind env', () => {
    const entries = { 'bin/x': '#!/usr/bin/env -S A=1 python3 -u\n', 'usr/bin/env': STATIC, 'usr/bin/python3': STATIC };
    const found = plan(entries, ['x', 'y']);
    expect(opened(found)).toEqual(['/bin/x', '/usr/bin/env', '/usr/bin/python3']);
    expect(found.args).toEqual(['python3', '-u', '/bin/x', 'y']);
  });

  it.each<[string, Record<string, RootEntry>, string, string, string, RegExp]>([
    [
      'a missing command',
      { 'bin/gti': '' },
      'git',
      'program-missing',
      'exec: "git": executable file not found in $PATH',
      /There is \/bin\/gti/,
    ],
    [
      'a missing path',
      { 'usr/bin/app': STATIC },
      '/bin/app',
      'program-missing',
      'exec /bin/app: no such file or directory',
      /There is \/usr\/bin\/app/,
    ],
    [
      'a directory',
      { 'bin/x': { directory: true } },
      '/bin/x',
      'program-not-a-file',
      'exec /bin/x: permission denied',
      /a directory/,
    ],
    [
      'a mode',
      { 'bin/x': { bytes: STATIC, mode: 0o644 } },
      'x',
      'program-not-executable',
      'exec /bin/x: permission denied',
      /0644/,
    ],
    ['an empty file', { 'bin/x': '' }, 'x', 'program-format', 'exec /bin/x: exec format error', /empty/],
    [
      'a script without a first line',
      { 'bin/x': 'echo hello\n' },
      'x',
      'program-format',
      'exec /bin/x: exec format error',
      /#!\/bin\/sh/,
    ],
    [
      'a first line without an interpreter',
      { 'bin/x': '#!\n' },
      'x',
      'script-first-line',
      'exec /bin/x: exec format error',
      /no interpreter/,
    ],
    [
      'an interpreter',
      { 'bin/x': '#!/bin/bash\n' },
      'x',
      'script-interpreter-missing',
      'exec /bin/x: no such file or directory',
      /asks for \/bin\/bash/,
    ],
    [
      'a carriage return',
      { 'bin/x': '#!/bin/sh\r\n' },
      'x',
      'script-carriage-return',
      'exec /bin/x: no such file or directory',
      /line ends of Unix/,
    ],
    [
      'a carriage return behind env',
      { 'bin/x': '#!/bin/env sh\r\n', 'bin/env': STATIC },
      'x',
      'script-carriage-return',
      'env: "sh\\r": No such file or directory',
      /./,
    ],
    [
      'what env starts',
      { 'bin/x': '#!/bin/env ruby\n', 'bin/env': STATIC },
      'x',
      'program-missing',
      'env: ruby: No such file or directory',
      /PATH/,
    ],
    [
      'a loop of scripts',
      { 'bin/x': '#!/bin/x\n' },
      'x',
      'script-nesting',
      'exec /bin/x: too many levels of symbolic links',
      /5 scripts/,
    ],
    [
      'a loader',
      { 'bin/x': elfObject({ interpreter: '/lib/ld.so' }) },
      'x',
      'loader-missing',
      'exec /bin/x: no such file or directory',
      /asks for the loader \/lib\/ld\.so/,
    ],
    [
      'a loader of another machine',
      { 'bin/x': elfObject({ interpreter: '/lib/ld.so' }), 'lib/ld.so': elfObject({ machine: 183 }) },
      'x',
      'loader-invalid',
      'exec /lib/ld.so: exec format error',
      /another machine/,
    ],
    [
      'a damaged program',
      { 'bin/x': STATIC.subarray(0, 80) },
      'x',
      'program-invalid',
      'exec /bin/x: exec format error',
      /program headers/,
    ],
    [
      'an object file',
      { 'bin/x': elfObject({ type: 1 }) },
      'x',
      'program-format',
      'exec /bin/x: exec format error',
      /relocatable/,
    ],
  ])('explains %s', (_, entries, command, kind, message, hint) => {
    const { problems } = plan(entries, [command]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ kind, message });
    expect(problems[0]?.hint ?? '').toMatch(hint);
  });

  it('never leaves the root', () => {
    const found = plan({ 'bin/x': { link: '../../../../bin/sh' }, 'bin/loop': { link: 'loop' } }, ['x']);
    expect(found.steps[0]?.file).toMatchObject({ realPath: 'bin/sh', links: ['bin/x'] });
    expect(plan({ 'bin/loop': { link: 'loop' } }, ['loop']).problems).toMatchObject([{ kind: 'program-missing' }]);
  });

  it('gives a plan for any script', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const found = plan({ 'bin/x': Buffer.from(`#!${text}`, 'latin1') }, ['x']);
        expect(found.steps.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('parseShebang', () => {
  it.each([
    ['#!/bin/sh\n', { interpreter: '/bin/sh', isCut: false }],
    ['#! \t/bin/sh\t -a  -b \t\nx', { interpreter: '/bin/sh', argument: '-a  -b', isCut: false }],
    ['#!/bin/sh', { interpreter: '/bin/sh', isCut: false }],
    ['#!/bin/sh\r\n', { interpreter: '/bin/sh\r', isCut: false }],
    [`#!/bin/sh ${'a'.repeat(300)}`, { interpreter: '/bin/sh', argument: 'a'.repeat(246), isCut: true }],
    [`#!/${'a'.repeat(300)}`, undefined],
    ['#!   \n', undefined],
    ['no script', undefined],
  ])('reads %j', (head, expected) => expect(parseShebang(head.slice(0, 256) as ByteString)).toEqual(expected));
});

describe('envCommand', () => {
  it.each([
    [
      ['python3', '-u'],
      ['python3', '-u'],
    ],
    [
      ['-i', 'A=1', 'sh', 'B=2'],
      ['sh', 'B=2'],
    ],
    [['-u', 'X', '-C', '/', 'sh'], ['sh']],
    [
      ['-S', "a 'b c' d", 'x'],
      ['a', 'b c', 'd', 'x'],
    ],
    [
      ['-Sdeno run', 'x'],
      ['deno', 'run', 'x'],
    ],
    [['--', 'A=1', 'sh'], ['sh']],
    [['-i'], []],
  ])('%j', (args, expected) => expect(envCommand(args as ByteString[])).toEqual(expected));
});

import { describe, expect, it } from 'vitest';
import { elfObject } from '../../test/support/elf-object.ts';
import { rootTree } from '../../test/support/root-tree.ts';
import { baseDockerfile, findShell } from './base.ts';

const ARM = elfObject({ type: 2, machine: 183 });

describe('findShell', () => {
  it.each([
    ['bash before sh', { 'bin/bash': ARM, 'bin/sh': ARM }, '/bin/bash'],
    ['sh where bash would not start', { 'bin/bash': elfObject({ interpreter: '/none' }), 'bin/sh': ARM }, '/bin/sh'],
    [
      'a shell by a link',
      { bin: { link: 'usr/bin' }, 'usr/bin/sh': { link: '/usr/bin/dash' }, 'usr/bin/dash': ARM },
      '/bin/sh',
    ],
  ])('finds %s', (_, entries, shell) => {
    expect(findShell(rootTree(entries))).toEqual({ shell, platform: { os: 'linux', architecture: 'arm64' } });
  });

  it('finds none where there is none', () => {
    expect(findShell(rootTree({ 'bin/sh': '#!/bin/none\n' }))).toEqual({});
  });
});

describe('baseDockerfile', () => {
  it.each([
    [{ shell: '/bin/sh' }, ['FROM', 'ADD', 'ENV', 'CMD']],
    [{}, ['FROM', 'ADD', 'ENV']],
  ])('is a Dockerfile that unpacks the tar, whatever its name: %o', async (facts, names) => {
    const text = baseDockerfile('my "root" fs.tar', facts);
    expect(text).toContain('ADD ["my \\"root\\" fs.tar","/"]');
    expect(text.match(/^[A-Z]+/gm)).toEqual(names);
  });
});

import { describe, expect, it } from 'vitest';
import { appletPath } from './applet-places.ts';
import { parseAppletList, readAppletTable } from './applet-table.ts';

describe('readAppletTable', () => {
  it('finds the block of sorted names among other texts', () => {
    const binary = Buffer.from(
      '\x7fELF\0zz\0yes\0no\0\x01[\0[[\0ash\0cat\0ls\0sh\0vi\0\x02\0one\0two\0three\0cat\0a\0',
      'latin1',
    );
    expect(readAppletTable(binary)).toEqual(['[', '[[', 'ash', 'cat', 'ls', 'sh', 'vi']);
  });

  it('finds nothing where there is nothing', () => {
    expect(readAppletTable(Buffer.from('hello\0world\0'))).toEqual([]);
  });
});

describe('parseAppletList', () => {
  it('takes paths and leaves out what could lead elsewhere', () => {
    const output = 'bin/ls\nusr/bin/[\nlinuxrc\n/etc/passwd\n../up\nbin/../x\nusr/bin/..\nbin/a b\n\n';
    expect(parseAppletList(output)).toEqual(['bin/ls', 'usr/bin/[', 'linuxrc']);
  });
});

describe('appletPath', () => {
  it.each([
    ['ls', 'bin/ls'],
    ['init', 'sbin/init'],
    ['chroot', 'usr/sbin/chroot'],
    ['linuxrc', 'linuxrc'],
    ['awk', 'usr/bin/awk'],
    ['something-new', 'usr/bin/something-new'],
  ])('%s → %s', (name, path) => expect(appletPath(name)).toBe(path));
});

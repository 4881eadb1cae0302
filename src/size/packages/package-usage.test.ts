import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { treeArbitrary } from '../../../test/support/random-tree.ts';
import { storedFiles } from '../stored-file.ts';
import { treeOf } from '../testing/tree-of.ts';
import { measurePackages } from './package-usage.ts';

const status = (name: string, more = '') =>
  `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0-${name}\nDescription: text\n Package: no\n${more}\n`;

describe('measurePackages', () => {
  it('reads the lists of dpkg through a merged /usr', () => {
    const tree = treeOf({
      'usr/bin/a': 10,
      'usr/lib/libb.so.1': 20,
      'usr/lib/libb.so': { link: 'libb.so.1' },
      'etc/own': 3,
      lib: { link: 'usr/lib' },
      'var/lib/dpkg/status': `${status('a')}${status('b')}Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n`,
      'var/lib/dpkg/info/a.list': '/.\n/usr\n/usr/bin\n/usr/bin/a\n/usr/share/doc/a/dropped\n',
      'var/lib/dpkg/info/b:amd64.list': '/lib/libb.so.1\n/lib/libb.so\n/usr/bin/a\n',
      'var/lib/dpkg/info/gone.list': '/etc/own\n',
    });
    const { packages, rest, unread } = measurePackages(tree);
    expect(packages).toEqual([
      { manager: 'dpkg', name: 'b', version: '1.0-b', sizeBytes: 20, files: 2 },
      { manager: 'dpkg', name: 'a', version: '1.0-a', sizeBytes: 10, files: 1 },
    ]);
    expect(rest.files).toBe(6);
    expect(unread).toEqual([]);
  });

  it('reads the parts of an image without dpkg', () => {
    const tree = treeOf({
      'usr/lib/libc.so.6': 7,
      'var/lib/dpkg/status.d/libc6': 'Package: libc6\nVersion: 2.36\n',
      'var/lib/dpkg/status.d/libc6.md5sums': 'd41d8cd98f00b204e9800998ecf8427e  usr/lib/libc.so.6\n',
    });
    expect(measurePackages(tree).packages).toMatchObject([{ name: 'libc6', version: '2.36', sizeBytes: 7, files: 1 }]);
  });

  it.each(['lib/apk/db/installed', 'usr/lib/apk/db/installed'])('reads %s', (place) => {
    const tree = treeOf({
      'bin/busybox': 800,
      'bin/sh': { link: 'busybox' },
      'etc/motd': 2,
      [place]:
        'C:Q1x\nP:busybox\nV:1.36-r2\nF:bin\nM:0:0:755\nR:busybox\na:0:0:755\nR:sh\n\nP:base\nV:3\nF:etc\nR:motd\nF:tmp\n\n',
    });
    expect(measurePackages(tree).packages).toEqual([
      { manager: 'apk', name: 'busybox', version: '1.36-r2', sizeBytes: 800, files: 2 },
      { manager: 'apk', name: 'base', version: '3', sizeBytes: 2, files: 1 },
    ]);
  });

  it('says that it does not read the database of rpm', () => {
    expect(measurePackages(treeOf({ 'var/lib/rpm/rpmdb.sqlite': 9 })).unread).toEqual(['rpm']);
    expect(measurePackages(treeOf({ 'var/lib/rpm/': '' })).unread).toEqual([]);
  });

  it('leaves no byte out and counts none twice, whatever the databases say', () => {
    const lists = fc.array(fc.constantFrom('/a', '/b', '/a/b/c', '/../x', '//', '\0', 'c/\xff\xe9', '/a.b'));
    fc.assert(
      fc.property(treeArbitrary, lists, fc.string(), (random, paths, noise) => {
        const list = {
          'var/lib/dpkg/info/p.list': `${paths.join('\n')}\n${noise}`,
          'lib/apk/db/installed': `P:q\nF:a\nR:${noise}`,
        };
        const tree = treeOf({ 'var/lib/dpkg/status': `${status('p')}${noise}`, ...list }, random);
        const { packages, rest } = measurePackages(tree);
        const total = { sizeBytes: rest.sizeBytes, files: rest.files };
        for (const { sizeBytes, files } of packages) {
          total.sizeBytes += sizeBytes;
          total.files += files;
        }
        expect(total).toEqual({
          sizeBytes: storedFiles(tree).reduce((sum, file) => sum + file.sizeBytes, 0),
          files: [...tree.walk()].filter(({ node }) => node.kind !== 'directory').length,
        });
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { pathOf } from '../testing/tree-of.ts';
import { classify, languagesOf } from './classify.ts';
import type { SlimClassName } from './slim-class.ts';

const classOf = (path: string, ...env: string[]) => classify(pathOf(path), languagesOf(env));

describe('classify', () => {
  it.each<[SlimClassName | undefined, string[]]>([
    ['caches', ['var/lib/apt/lists/x_Packages', 'var/cache/apt/pkgcache.bin', 'var/cache/apk/APKINDEX.1.tar.gz']],
    ['caches', ['root/.cache/pip/http/a', 'root/.npm/_cacache/index', 'var/cache/apt/archives/a_1_all.deb']],
    ['debug', ['usr/lib/debug/.build-id/aa/bb.debug']],
    ['documentation', ['usr/share/doc/bash/README', 'usr/local/share/doc/x', 'usr/share/lintian/overrides/bash']],
    ['manuals', ['usr/share/man/man1/ls.1.gz', 'usr/share/info/dir', 'usr/local/man/man8/x.8', 'opt/x/share/man/a']],
    [
      'locales',
      ['usr/share/locale/de/LC_MESSAGES/tar.mo', 'usr/lib/locale/locale-archive', 'usr/share/i18n/charmaps/X'],
    ],
    ['development', ['usr/include/stdio.h', 'usr/lib/x86_64-linux-gnu/libc.a', 'lib/libz.a', 'usr/local/lib/libx.la']],
    ['development', ['usr/lib/pkgconfig/zlib.pc', 'usr/lib/x86_64-linux-gnu/crt1.o']],
    ['bytecode', ['app/__pycache__/x.cpython-311.pyc', '__pycache__/copying.cpython-311.pyc', 'app/__pycache__']],
    ['logs', ['var/log/dpkg.log', 'var/log/apt/history.log', 'var/log/a.log.1.gz']],
    ['temporary', ['tmp/x', 'var/tmp/a/b']],
    ['backups', ['etc/passwd-', 'var/lib/dpkg/status-old', 'var/cache/debconf/templates.dat-old', 'etc/a/b.dpkg-dist']],
    ['licences', ['usr/share/doc/bash/copyright', 'usr/share/common-licenses/GPL-3', 'usr/share/doc/x/LICENSE.txt']],
    ['licences', ['usr/share/licenses/x/any', 'usr/include/x/COPYING', 'usr/share/doc/x/licenses/MIT', 'tmp/NOTICE']],
    [
      undefined,
      ['usr/bin/bash', 'usr/share/doc', 'usr/share/locale/locale.alias', 'tmp', 'usr/lib/locale/C.utf8/LC_CTYPE'],
    ],
    [
      undefined,
      ['app/LICENSE', 'app/x.pyc', 'var/log/wtmp', 'usr/lib/libc.so.6', 'app/include/x.h', 'usr/share/zoneinfo/UTC'],
    ],
    [
      undefined,
      ['var/lib/apt/lists', 'var/cache/apt/archives', 'var/lib/dpkg/status', 'usr/src/app/index.js', 'etc/passwd'],
    ],
  ])('%s: %j', (name, paths) => {
    for (const path of paths) expect([path, classOf(path)]).toEqual([path, name]);
  });

  it('keeps the languages that the environment chooses', () => {
    const german = 'usr/share/locale/de/LC_MESSAGES/tar.mo';
    const french = 'usr/share/locale/fr_CA/LC_MESSAGES/tar.mo';
    const of = (...env: string[]) => [german, french].map((path) => classOf(path, ...env));
    expect(of('LANG=C.UTF-8', 'LC_ALL=POSIX')).toEqual(['locales', 'locales']);
    expect(of('LANG=de_AT.UTF-8')).toEqual([undefined, 'locales']);
    expect(of('LANG=en_US', 'LANGUAGE=de:fr')).toEqual([undefined, undefined]);
    expect(classOf('usr/lib/locale/locale-archive', 'LANG=en_US.UTF-8')).toBeUndefined();
    expect(classOf('usr/share/i18n/charmaps/UTF-8.gz', 'LC_CTYPE=en_US.UTF-8')).toBeUndefined();
  });
});

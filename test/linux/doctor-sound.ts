import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type DoctorPlace, GLIBC, type ImageOfFiles, LIBRARIES, LOADER, SHELL, TOOLS } from './doctor-place.ts';

/** An image that starts and says `started`. */
export interface SoundImage extends ImageOfFiles {
  readonly name: string;
}

const BUSYBOX = { host: '/bin/busybox' };
const SCRIPT = '#!/bin/sh\necho started\n';
const APP = 'CMD ["/app"]';
const ZLIB = { host: `${LIBRARIES}/libz.so.1` };

const sound = (name: string, files: ImageOfFiles['files'], lines: readonly string[] = [APP]): SoundImage => ({
  name,
  files,
  lines,
});

export const SOUND: readonly SoundImage[] = [
  sound('a static program alone', { '/bin/echo': BUSYBOX }, ['CMD ["/bin/echo", "started"]']),
  sound('a static program that is position-independent', { '/app': { program: 'pie' } }),
  sound('a command of the shell', SHELL, ['CMD echo started']),
  sound('several commands of the shell', TOOLS, ['CMD cd / && x=started; for i in $x; do echo $i; done']),
  sound('a script', { ...SHELL, '/app': SCRIPT }),
  sound('a script with an argument in its first line', { ...SHELL, '/app': '#! /bin/sh -e\necho started\n' }),
  sound('a script for env', { ...TOOLS, '/app': '#!/bin/env sh\necho started\n' }),
  sound('a script for env -S', {
    ...GLIBC,
    ...SHELL,
    '/usr/bin/env': { host: '/usr/bin/env' },
    '/app': '#!/usr/bin/env -S A=started sh -e\necho $A\n',
  }),
  sound('a script whose interpreter is a script', { ...SHELL, '/app': '#!/run\n', '/run': SCRIPT }),
  sound(
    'a script without a first line, given to a shell',
    { ...SHELL, '/app': { bytes: 'echo started\n', mode: 0o644 } },
    ['ENTRYPOINT ["sh"]', APP],
  ),
  sound('a program on a PATH of its own', { ...SHELL, '/opt/bin/app': SCRIPT }, ['ENV PATH=/opt/bin', 'CMD ["app"]']),
  sound('a program in the working directory', { ...SHELL, '/srv/app': SCRIPT }, ['WORKDIR /srv', 'CMD ["./app"]']),
  sound('links, also to directories', {
    ...SHELL,
    '/usr/lib/app': SCRIPT,
    '/lib': { link: 'usr/lib' },
    '/opt/app': { link: '../lib/app' },
    '/app': { link: '/opt/app' },
  }),
  sound('a dynamic program of glibc', { ...GLIBC, '/app': { program: 'dynamic' } }),
  sound('a library beside the program', { ...GLIBC, '/bin/app': { program: 'origin' }, '/lib/libz.so.1': ZLIB }, [
    'CMD ["/bin/app"]',
  ]),
  sound('a library by LD_LIBRARY_PATH', { ...GLIBC, '/app': { program: 'zlib' }, '/opt/libz.so.1': ZLIB }, [
    'ENV LD_LIBRARY_PATH=/opt',
    APP,
  ]),
  sound('a loader by a link', {
    '/lib64': { link: 'lib/x86_64-linux-gnu' },
    [`${LIBRARIES}/ld-linux-x86-64.so.2`]: { host: LOADER },
    [`${LIBRARIES}/libc.so.6`]: { host: `${LIBRARIES}/libc.so.6` },
    '/app': { program: 'dynamic' },
  }),
  sound('a dynamic program of musl', {
    '/lib/ld-musl-x86_64.so.1': { host: '/lib/ld-musl-x86_64.so.1' },
    '/app': { program: 'musl' },
  }),
  sound('a user by number that no file names', { ...SHELL, '/app': SCRIPT }, ['USER 1000:1000', APP]),
  sound(
    'a user and a group by name',
    { ...SHELL, '/etc/passwd': 'app:x:7:7::/:/bin/sh\n', '/etc/group': 'app:x:7:\nstaff:x:8:app\n', '/app': SCRIPT },
    ['USER app:staff', APP],
  ),
  sound('a health check and a volume', { ...TOOLS, '/app': SCRIPT, '/data': { directory: 0o755 } }, [
    'VOLUME /data',
    'HEALTHCHECK CMD echo fine',
    APP,
  ]),
];

/** Images that are made in other ways than from a few files. */
export const MADE: readonly (readonly [name: string, make: (place: DoctorPlace, image: string) => void])[] = [
  [
    'a system from nothing',
    async (place, image) => {
      const context = join(place.directory, 'minios');
      await place.ok('new', 'minios', context);
      await place.ok('build', '-q', '-t', 'minios', context);
      await place.buildContext(place.context(), image, ['FROM minios', 'CMD echo started']);
    },
  ],
  [
    'a packed program of this machine',
    async (place, image) => {
      await place.ok('pack', '-t', 'packed', '/bin/bash');
      await place.buildContext(place.context(), image, [
        'FROM packed',
        'ENTRYPOINT ["/bin/bash", "-c", "echo started"]',
      ]);
    },
  ],
  [
    "a program of the machine with the loader's cache",
    async (place, image) => {
      await place.build('uncached', {
        files: { ...GLIBC, '/app': { program: 'zlib' }, '/opt/libz.so.1': ZLIB, '/etc/ld.so.conf': '/opt\n' },
      });
      const root = join(place.context(), 'root');
      const context = place.context();
      await place.buildContext(context, 'uncached-root', ['FROM uncached']);
      await place.ok('build', '-q', '-o', root, context);
      execFileSync('ldconfig', ['-r', root]);
      await place.buildContext(join(root, '..'), image, ['FROM scratch', 'COPY root/ /', APP]);
    },
  ],
];

import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { DoctorCode } from '../../src/sdk/index.ts';
import { elfObject } from '../support/elf-object.ts';
import { FOREIGN, GLIBC, type ImageOfFiles, LIBRARIES, LOADER, SHELL, TOOLS } from './doctor-place.ts';

/** An image with one thing wrong. */
export interface BrokenImage extends ImageOfFiles {
  readonly code: DoctorCode;
  /** The file that the finding names. */
  readonly path: string;
  /** What the mended image prints; `started` unless given. */
  readonly prints?: string;
  /** Whether it starts as it is: what is wrong shows later, or elsewhere. */
  readonly runs?: boolean;
}

const SCRIPT = '#!/bin/sh\necho started\n';
const APP = 'CMD ["/app"]';
const ECHO = { host: '/bin/busybox' };
const ZLIB = `${LIBRARIES}/libz.so.1`;
const REAL_ZLIB = { host: ZLIB };
const PASSWD = { bytes: 'root:x:0:0:root:/root:/bin/sh\n', mode: 0o644 };

const broken = (
  code: DoctorCode,
  path: string,
  files: ImageOfFiles['files'],
  more: Partial<BrokenImage> = {},
): BrokenImage => ({ code, path, files, lines: [APP], ...more });

export const BROKEN: readonly BrokenImage[] = [
  broken('command-none', '/', { ...SHELL, '/app': SCRIPT }, { lines: [] }),
  broken('command-missing', '/bin/app', { ...SHELL, '/usr/local/bin/app': SCRIPT }, { lines: ['CMD ["/bin/app"]'] }),
  broken(
    'command-missing',
    '/bin/ap',
    { ...SHELL, '/bin/app': SCRIPT },
    { lines: ['ENTRYPOINT ["/bin/ap"]', 'CMD []'] },
  ),
  broken('command-not-on-path', 'tool', { ...SHELL, '/opt/app/tool': SCRIPT }, { lines: ['CMD ["tool"]'] }),
  broken('command-arguments', '/bin/echo', { '/bin/echo': ECHO }, { lines: ['ENTRYPOINT ["/bin/echo started"]'] }),
  broken('command-quoted', '/bin/sh', { ...SHELL, '/bin/echo': ECHO }, { lines: ["CMD ['/bin/echo', 'started']"] }),
  broken('shell-missing', '/bin/sh', { '/echo': ECHO }, { lines: ['CMD /echo started'] }),
  broken(
    'shell-missing',
    '/bin/sh',
    { '/echo': ECHO },
    { lines: ['CMD /echo $((1+1)) started'], prints: '2 started\n' },
  ),
  broken(
    'shell-command-missing',
    '/usr/bin/tool',
    { ...SHELL, '/usr/local/bin/tool': SCRIPT },
    { lines: ['CMD /usr/bin/tool now'] },
  ),
  broken('link-broken', '/app', { ...SHELL, '/app': { link: 'opt/app-1.0' }, '/opt/app-1.2': SCRIPT }),
  broken('link-loop', '/app', { ...TOOLS, '/app': { link: 'b' }, '/b': { link: 'app' }, '/usr/bin/app': SCRIPT }),
  broken('program-not-a-file', '/opt/app', { ...SHELL, '/opt/app/main': SCRIPT }, { lines: ['CMD ["/opt/app"]'] }),
  broken('program-not-executable', '/app', { ...TOOLS, '/app': { bytes: SCRIPT, mode: 0o644 } }),
  broken(
    'program-not-executable',
    '/echo',
    { '/echo': { ...ECHO, mode: 0o600 } },
    { lines: ['CMD ["/echo", "started"]'] },
  ),
  broken('program-not-executable', '/bin/sh', { '/bin/sh': { ...ECHO, mode: 0o644 }, '/app': SCRIPT }),
  broken(
    'program-empty',
    '/opt/echo',
    { '/opt/echo': '', '/bin/echo': ECHO },
    { lines: ['CMD ["/opt/echo", "started"]'] },
  ),
  broken('program-foreign', '/app', { ...TOOLS, '/app': gzipSync(SCRIPT) }),
  broken(
    'program-not-linked',
    '/opt/echo',
    { '/opt/echo': elfObject({ type: 1 }), '/bin/echo': ECHO },
    { lines: ['CMD ["/opt/echo", "started"]'] },
  ),
  broken(
    'program-is-library',
    '/opt/echo',
    { '/opt/echo': elfObject(), '/bin/echo': ECHO },
    { lines: ['CMD ["/opt/echo", "started"]'] },
  ),
  broken(
    'program-damaged',
    '/opt/echo',
    { '/opt/echo': readFileSync('/bin/busybox').subarray(0, 90), '/bin/echo': ECHO },
    { lines: ['CMD ["/opt/echo", "started"]'] },
  ),
  broken(
    'program-other-machine',
    '/opt/echo',
    { '/opt/echo': FOREIGN, '/bin/echo': ECHO },
    { lines: ['CMD ["/opt/echo", "started"]'] },
  ),
  broken(
    'program-other-machine',
    '/bin/busybox',
    { '/bin/busybox': FOREIGN },
    { lines: ['CMD ["/bin/busybox", "echo", "started"]'] },
  ),
  broken('script-no-first-line', '/app', { ...SHELL, '/app': 'echo started\n' }),
  broken('script-byte-order-mark', '/app', { ...TOOLS, '/app': `\ufeff${SCRIPT}` }),
  broken('script-leading-space', '/app', { ...TOOLS, '/app': `\n  ${SCRIPT}` }),
  broken('script-carriage-return', '/app', { ...TOOLS, '/app': SCRIPT.replaceAll('\n', '\r\n') }),
  broken('script-carriage-return', '/app', { ...SHELL, '/app': SCRIPT.replaceAll('\n', '\r\n') }),
  broken('script-first-line', '/app', { ...TOOLS, '/app': '#!\necho started\n' }),
  broken('script-too-long', '/app', { ...TOOLS, '/app': `#!/bin/${'./'.repeat(130)}sh\necho started\n` }),
  broken('script-nesting', '/e', {
    ...SHELL,
    ...Object.fromEntries(
      ['app', 'a', 'b', 'c', 'd', 'e'].map((name, index, all) => [
        `/${name}`,
        `#!/${all[index + 1] ?? 'bin/sh'}\necho started\n`,
      ]),
    ),
  }),
  broken('script-interpreter-missing', '/app', { '/app': '#!/bin/bash\necho started\n' }),
  broken('script-interpreter-missing', '/app', { ...SHELL, '/app': '#!/usr/local/bin/sh\necho started\n' }),
  broken('script-interpreter-missing', '/app', { ...TOOLS, '/app': '#!/usr/bin/env sh\necho started\n' }),
  broken('script-interpreter-missing', '/app', {
    '/bin/busybox': ECHO,
    ...SHELL,
    '/app': '#!/usr/bin/env sh\necho started\n',
  }),
  broken('script-interpreter-relative', '/app', { ...TOOLS, '/app': '#!sh\necho started\n' }),
  broken('script-env-arguments', '/app', { ...TOOLS, '/app': '#!/bin/env sh -e\necho started\n' }),
  broken('script-command-missing', '/app', { ...TOOLS, '/opt/app/tool': SCRIPT, '/app': '#!/bin/env tool\n' }),
  broken('loader-missing', '/app', { '/app': { program: 'dynamic' } }),
  broken('loader-missing', '/app', { '/app': { program: 'zlib' } }),
  broken('loader-not-executable', LOADER, {
    ...GLIBC,
    [LOADER]: { host: LOADER, mode: 0o644 },
    '/app': { program: 'dynamic' },
  }),
  broken('loader-damaged', LOADER, { ...GLIBC, [LOADER]: 'no loader at all', '/app': { program: 'dynamic' } }),
  broken('loader-other-machine', LOADER, { ...GLIBC, [LOADER]: FOREIGN, '/app': { program: 'dynamic' } }),
  broken('library-missing', '/app', { ...GLIBC, '/app': { program: 'zlib' } }),
  broken('library-link-broken', ZLIB, { ...GLIBC, [ZLIB]: { link: 'libz.so.0' }, '/app': { program: 'zlib' } }),
  broken('library-not-in-cache', '/app', {
    ...GLIBC,
    '/opt/lib/libz.so.1': REAL_ZLIB,
    '/etc/ld.so.conf': '/opt/lib\n',
    '/app': { program: 'zlib' },
  }),
  broken('library-other-machine', ZLIB, { ...GLIBC, [ZLIB]: elfObject({ machine: 183 }), '/app': { program: 'zlib' } }),
  broken('library-damaged', ZLIB, { ...GLIBC, [ZLIB]: 'no library', '/app': { program: 'zlib' } }),
  broken('version-missing', '/app', { ...GLIBC, [ZLIB]: { program: 'oldZlib' }, '/app': { program: 'zlib' } }),
  broken('library-at-run-time', '/app', { ...GLIBC, '/app': { program: 'threads' } }),
  broken(
    'user-missing',
    '/etc/passwd',
    { ...SHELL, '/etc/passwd': PASSWD, '/app': SCRIPT },
    { lines: ['USER app', APP] },
  ),
  broken('group-missing', '/etc/group', { ...SHELL, '/app': SCRIPT }, { lines: ['USER 0:staff', APP] }),
  broken(
    'user-may-not-execute',
    '/app',
    { ...TOOLS, '/app': { bytes: SCRIPT, mode: 0o744 } },
    { lines: ['USER 1000', APP] },
  ),
  broken(
    'user-may-not-read',
    '/app',
    { ...TOOLS, '/app': { bytes: SCRIPT, mode: 0o711 } },
    { lines: ['USER 1000', APP] },
  ),
  broken(
    'user-may-not-enter',
    '/opt',
    { ...TOOLS, '/opt': { directory: 0o700 }, '/opt/app': SCRIPT },
    { lines: ['USER 1000', 'CMD ["/opt/app"]'] },
  ),
  broken(
    'workdir-not-a-directory',
    '/w',
    { ...TOOLS, '/app': SCRIPT },
    { lines: ['WORKDIR /w', 'RUN cd / && rm -rf /w && echo x >/w', APP] },
  ),
  broken('tmp-missing', '/tmp', { ...TOOLS, '/app': '#!/bin/sh\nset -e\n>/tmp/file\necho started\n' }),
  broken('mount-point-blocked', '/proc', { ...SHELL, '/proc': 'a file', '/app': SCRIPT }),
  broken('mount-point-blocked', '/etc/hosts', { ...TOOLS, '/etc/hosts': { directory: 0o755 }, '/app': SCRIPT }),
  broken(
    'volume-not-a-directory',
    '/data/file',
    { ...SHELL, '/data/file': 'x', '/app': SCRIPT },
    { lines: ['VOLUME /data/file', APP], runs: true },
  ),
  broken('volume-relative', 'data', { ...SHELL, '/app': SCRIPT }, { lines: ['VOLUME data', APP], runs: true }),
  broken(
    'healthcheck-missing',
    '/bin/curl',
    { ...SHELL, '/app': SCRIPT },
    { lines: ['HEALTHCHECK CMD ["/bin/curl"]', APP], runs: true },
  ),
  broken(
    'tmp-not-writable',
    '/tmp',
    { ...TOOLS, '/tmp': { directory: 0o755 }, '/app': '#!/bin/sh\nset -e\n>/tmp/file\necho started\n' },
    { lines: ['USER 1000', APP] },
  ),
  broken('ca-certificates-missing', '/etc/ssl/certs/ca-certificates.crt', { '/app': { program: 'certificates' } }),
  broken('setuid-command', '/app', { '/app': { program: 'root', mode: 0o4755 } }, { lines: ['USER 1000', APP] }),
];

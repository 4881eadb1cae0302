import { describe, expect, it } from 'vitest';
import { findFirstError } from './first-error.ts';
import { findKnownBreak } from './known-breaks.ts';
import { errorHint, installPrograms } from './packages.ts';

const NATIVE = { prefix: '', compiler: 'gcc' };
const ARM = { prefix: 'aarch64-linux-gnu-', compiler: 'aarch64-linux-gnu-gcc' };

describe('findFirstError', () => {
  it.each([
    [
      'of the compiler, not of make',
      '  CC      a.o\nIn file included from b.c:1:\nb.c:3:2: warning: unused\nnetworking/tc.c:241:27: error: ‘X’ undeclared\nc.c:1: error: later\nmake[1]: *** [a.o] Error 1\n',
      { message: 'error: ‘X’ undeclared', place: { file: 'networking/tc.c', line: 241 } },
    ],
    [
      'that is fatal',
      'a.c:1:10: fatal error: x.h: No such file or directory\n',
      { message: 'fatal error: x.h: No such file or directory', place: { file: 'a.c', line: 1 } },
    ],
    [
      'of the linker',
      '/usr/bin/ld: cannot find -lcrypt: No such file or directory\ncollect2: error: ld returned 1 exit status\n',
      { message: 'cannot find -lcrypt: No such file or directory', place: undefined },
    ],
    [
      'of a missing symbol',
      "/usr/lib/gcc/x/ld: libbb/lib.a(x.o): in function `f':\nx.c:(.text.f+0x1): undefined reference to `stime'\n",
      { message: "undefined reference to `stime'", place: undefined },
    ],
    [
      'of make',
      'make[1]: x-gcc: No such file or directory\nmake: *** [Makefile:1: x] Error 127\n',
      { message: 'make[1]: x-gcc: No such file or directory', place: undefined },
    ],
    ['of a shell', '/bin/sh: 1: bzip2: not found\n', { message: '/bin/sh: 1: bzip2: not found', place: undefined }],
    [
      'of make alone',
      'make: *** No rule to make target.  Stop.\n',
      { message: 'make: *** No rule to make target.  Stop.', place: undefined },
    ],
    ['none', '  CC      error.o\nwarnings: 3 errors\n', undefined],
  ])('finds that %s', (_, output, expected) => {
    expect(findFirstError(output)).toEqual(expected);
  });
});

describe('errorHint', () => {
  it.each([
    [
      'make: aarch64-linux-gnu-gcc: No such file or directory',
      ARM,
      'apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross',
    ],
    ['/bin/sh: 1: gcc: not found', NATIVE, 'apt-get install gcc libc6-dev'],
    ['/bin/sh: 1: musl-gcc: not found', { prefix: '', compiler: 'musl-gcc' }, 'apt-get install musl-tools'],
    ['fatal error: stdio.h: No such file or directory', NATIVE, 'apt-get install libc6-dev'],
    ['fatal error: stdio.h: No such file or directory', ARM, 'apt-get install libc6-dev-arm64-cross'],
    ['fatal error: linux/kd.h: No such file or directory', NATIVE, 'apt-get install linux-libc-dev'],
    ['fatal error: linux/kd.h: No such file or directory', ARM, 'apt-get install linux-libc-dev-arm64-cross'],
    ['fatal error: crypt.h: No such file or directory', NATIVE, 'apt-get install libcrypt-dev'],
    ['cannot find -lc: No such file or directory', NATIVE, 'apt-get install libc6-dev'],
    [
      'cannot find -lc',
      { prefix: 'sw_64-linux-gnu-', compiler: 'sw_64-linux-gnu-gcc' },
      'the C library for sw_64-linux-gnu-gcc',
    ],
    ['x: No space left on device', NATIVE, 'TMPDIR'],
  ])('of %s', (message, toolchain, hint) => {
    expect(errorHint({ message, place: undefined }, toolchain, 'here')).toContain(hint);
  });
  it('is silent about what it does not know', () => {
    expect(errorHint({ message: 'error: expected ;', place: undefined }, NATIVE, 'here')).toBeUndefined();
  });
  it('names the packages of all programs once', () => {
    expect(installPrograms(['make', 'ar', 'strip', 'gcc'], NATIVE, 'in the image x')).toBe(
      'Install them in the image x (Debian: apt-get install make binutils gcc libc6-dev).',
    );
  });
});

describe('findKnownBreak', () => {
  const place = { file: 'networking/tc.c', line: 1 };
  it('knows tc with kernel headers from 6.8', () => {
    expect(findKnownBreak({ message: 'error: ‘TCA_CBQ_MAX’ undeclared', place })?.options).toEqual(['TC']);
  });
  it('takes no other error for it', () => {
    expect(findKnownBreak({ message: 'error: expected ;', place })).toBeUndefined();
    expect(findKnownBreak({ message: 'error: TCA_CBQ_MAX', place: undefined })).toBeUndefined();
  });
});

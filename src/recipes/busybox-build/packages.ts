import type { BuildError } from './first-error.ts';

/** What the programs are built with. */
export interface Toolchain {
  /** `aarch64-linux-gnu-`; empty for this machine's own. */
  readonly prefix: string;
  /** The C compiler: `gcc` with the prefix, unless another was given. */
  readonly compiler: string;
}

/** The Debian package of each program that is not in one of its own name. */
const PACKAGES: Readonly<Record<string, string>> = {
  ar: 'binutils',
  awk: 'mawk',
  cc: 'gcc',
  cmp: 'diffutils',
  cut: 'coreutils',
  diff: 'diffutils',
  find: 'findutils',
  'musl-gcc': 'musl-tools',
  nm: 'binutils',
  od: 'coreutils',
  sort: 'coreutils',
  strip: 'binutils',
  tr: 'coreutils',
};

/** What to do about missing programs, as one sentence. */
export function installPrograms(programs: readonly string[], { prefix }: Toolchain, place: string): string {
  const packages = programs.flatMap((program) => {
    const isCross = prefix !== '' && program.startsWith(prefix);
    if (!isCross) return [PACKAGES[program] ?? program, ...(program === 'gcc' ? ['libc6-dev'] : [])];
    const triple = prefix.replace(/-$/, '');
    return program === `${prefix}gcc` ? [`gcc-${triple}`, ...crossLibrary(prefix)] : [`binutils-${triple}`];
  });
  return `Install them ${place} (Debian: apt-get install ${[...new Set(packages)].join(' ')}).`;
}

/** Debian's names of architectures by the first part of a compiler's name. */
const CROSS: Readonly<Record<string, string>> = {
  aarch64: 'arm64',
  alpha: 'alpha',
  arm: 'armhf',
  hppa: 'hppa',
  i686: 'i386',
  m68k: 'm68k',
  mips: 'mips',
  mips64el: 'mips64el',
  mipsel: 'mipsel',
  powerpc: 'powerpc',
  powerpc64: 'ppc64',
  powerpc64le: 'ppc64el',
  riscv64: 'riscv64',
  s390x: 's390x',
  sparc64: 'sparc64',
  x86_64: 'amd64',
};

/** Debian's package of the C library for the programs of a cross compiler. */
function crossLibrary(prefix: string): string[] {
  const [machine = ''] = prefix.split('-');
  const name = prefix === 'arm-linux-gnueabi-' ? 'armel' : CROSS[machine];
  return name === undefined ? [] : [`libc6-dev-${name}-cross`];
}

/** Headers and libraries of packages other than that of the C library. */
const PARTS: readonly (readonly [missing: RegExp, name: string])[] = [
  [/crypt\.h|-lcrypt\b/, 'libcrypt-dev'],
  [/security\/pam|-lpam/, 'libpam0g-dev'],
  [/selinux\//, 'libselinux1-dev'],
];

/** What can be done about an error of the build, as one sentence; undefined if that is not known. */
export function errorHint({ message }: BuildError, toolchain: Toolchain, place: string): string | undefined {
  const program = /(?:^|: )(?:\d+: )?([\w.+-]+): (?:not found|No such file or directory|command not found)/.exec(
    message,
  );
  const isHeader = /: [\w./+-]+\.h: No such file/.test(message);
  if (program?.[1] !== undefined && !isHeader) return installPrograms([program[1]], toolchain, place);
  if (/No space left on device/i.test(message)) return 'Free some space, or set TMPDIR to a directory that has more.';
  if (/\bKilled\b|out of memory/i.test(message)) return 'There was too little memory; try fewer jobs with --jobs 1.';
  if (/Permission denied/.test(message)) return 'Set TMPDIR to a directory that is not mounted noexec.';
  if (!isHeader && !/cannot find -l/.test(message)) return undefined;
  const part = PARTS.find(([missing]) => missing.test(message))?.[1];
  if (part !== undefined && toolchain.prefix === '') return installPackage(part, place);
  if (/\b(?:linux|asm|asm-generic|mtd)\/[\w./-]+\.h/.test(message)) {
    return installPackage(
      crossLibrary(toolchain.prefix)[0]?.replace('libc6-dev', 'linux-libc-dev') ?? 'linux-libc-dev',
      place,
    );
  }
  const library = toolchain.prefix === '' ? 'libc6-dev' : crossLibrary(toolchain.prefix)[0];
  if (library === undefined) return `Install the C library for ${toolchain.prefix}gcc ${place}, with its static form.`;
  return installPackage(/musl/.test(toolchain.compiler) ? 'musl-dev' : library, place);
}

function installPackage(name: string, place: string): string {
  return `Install what is missing ${place} (Debian: apt-get install ${name}; elsewhere the static form of the C library may be a package of its own).`;
}

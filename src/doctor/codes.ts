import type { Severity } from './finding.ts';

export interface DoctorCodeFacts {
  readonly severity: Severity;
  /** What is the matter, as one sentence. */
  readonly meaning: string;
  /** How it shows. */
  readonly seen: string;
}

type Row = readonly [severity: Severity, meaning: string, seen: string];

const ROWS = {
  'command-none': ['error', 'Neither ENTRYPOINT nor CMD says what to run.', 'start container: no command'],
  'command-missing': ['error', 'The file of the command is not there.', 'exec /app: no such file or directory'],
  'command-not-on-path': ['error', 'No directory of PATH has the command.', 'executable file not found in $PATH'],
  'command-arguments': ['error', 'Command and arguments are one word.', 'exec "/app -v": no such file or directory'],
  'command-quoted': [
    'error',
    'A list with quotes that are no JSON is a command of the shell.',
    "sh: ['/app'...: not found",
  ],
  'shell-missing': [
    'error',
    'The shell form of CMD or ENTRYPOINT needs a shell.',
    'exec /bin/sh: no such file or directory',
  ],
  'shell-command-missing': ['error', 'The command that the shell starts is not there.', 'sh: /app: not found'],
  'link-broken': ['error', 'A symbolic link on the way leads to nothing.', 'exec /app: no such file or directory'],
  'link-loop': ['error', 'Symbolic links on the way lead in a circle.', 'exec /app: too many levels of symbolic links'],
  'program-not-a-file': ['error', 'What is to be executed is a directory or a device.', 'exec /app: permission denied'],
  'program-not-executable': ['error', 'A file has no execute permission.', 'exec /app: permission denied'],
  'program-empty': ['error', 'The program is an empty file.', 'exec /app: exec format error'],
  'program-foreign': [
    'error',
    'The file is no program of Linux: an archive, or for another system.',
    'exec /app: exec format error',
  ],
  'program-not-linked': [
    'error',
    'The ELF file is no program but an object or core file.',
    'exec /app: exec format error',
  ],
  'program-is-library': ['warning', 'The program is a shared library.', 'Segmentation fault'],
  'program-damaged': ['error', 'The headers of an ELF file contradict its size.', 'exec /app: exec format error'],
  'program-other-machine': [
    'error',
    'A program is for another processor than the image.',
    'exec /app: exec format error',
  ],
  'script-no-first-line': ['error', 'A script does not say what it is for.', 'exec /app: exec format error'],
  'script-byte-order-mark': ['error', 'A byte order mark hides the #! of a script.', 'exec /app: exec format error'],
  'script-leading-space': ['error', 'Something stands before the #! of a script.', 'exec /app: exec format error'],
  'script-carriage-return': [
    'error',
    'The first line of a script ends like one of Windows.',
    'exec /app: no such file or directory',
  ],
  'script-first-line': ['error', 'The first line of a script names no interpreter.', 'exec /app: exec format error'],
  'script-too-long': ['error', 'The first line of a script is longer than the kernel reads.', 'exec format error'],
  'script-nesting': [
    'error',
    'The interpreters of scripts are scripts, too deep.',
    'too many levels of symbolic links',
  ],
  'script-interpreter-missing': [
    'error',
    'The interpreter of a script is not there.',
    'exec /app: no such file or directory',
  ],
  'script-interpreter-relative': [
    'error',
    'The first line of a script has no absolute path.',
    'exec /app: no such file or directory',
  ],
  'script-env-arguments': [
    'error',
    'env gets a command and its arguments as one word.',
    "env: 'python3 -u': No such file",
  ],
  'script-command-missing': ['error', 'env does not find what a script asks for.', "env: 'python3': No such file"],
  'loader-missing': ['error', 'The loader of a dynamic program is not there.', 'exec /app: no such file or directory'],
  'loader-not-executable': ['error', 'The loader has no execute permission.', 'exec /app: permission denied'],
  'loader-damaged': ['error', 'The loader is no ELF file, or is damaged.', 'exec /app: exec format error'],
  'loader-other-machine': ['error', 'The loader is for another processor.', 'exec /app: exec format error'],
  'library-missing': ['error', 'A library is not there.', 'cannot open shared object file'],
  'library-link-broken': ['error', 'The link to a library leads to nothing.', 'cannot open shared object file'],
  'library-not-in-cache': ['error', '/etc/ld.so.cache does not know a library.', 'cannot open shared object file'],
  'library-other-machine': ['error', 'The library is for another processor.', 'wrong ELF class'],
  'library-damaged': ['error', 'A library is no ELF file, or is damaged.', 'invalid ELF header'],
  'version-missing': ['error', 'A library is older than a program needs.', "version `GLIBC_2.34' not found"],
  'library-at-run-time': [
    'warning',
    'A library that is loaded later is not there.',
    'must be installed for ... to work',
  ],
  'nss-module-missing': ['warning', 'The C library lacks its module for names.', 'Name or service not known'],
  'user-missing': ['error', 'The user is not in /etc/passwd.', 'find user: not in /etc/passwd'],
  'group-missing': ['error', 'The group is not in /etc/group.', 'find group: not in /etc/group'],
  'user-may-not-execute': ['error', 'The user may not execute a file.', 'exec /app: permission denied'],
  'user-may-not-read': ['error', 'The user may not read a script or a library.', 'cannot open: Permission denied'],
  'user-may-not-enter': ['error', 'The user may not enter a directory on the way.', 'exec /app: permission denied'],
  'workdir-not-a-directory': ['error', 'The working directory is a file.', 'enter directory: not a directory'],
  'workdir-missing': ['note', 'The working directory is made when the container starts.', 'an empty directory'],
  'volume-not-a-directory': ['warning', 'What VOLUME names is a file.', 'mount: not a directory'],
  'volume-relative': ['warning', 'VOLUME has no absolute path.', 'mount path must be absolute'],
  'mount-point-blocked': [
    'error',
    'A file stands where every container needs a directory, or the other way round.',
    'mount proc on /proc: invalid argument',
  ],
  'healthcheck-missing': ['warning', 'The command of HEALTHCHECK is not there.', 'the container stays unhealthy'],
  'path-relative': ['note', 'PATH has directories that are not absolute.', 'commands are not found'],
  'tmp-missing': ['note', '/tmp is not there.', 'No such file or directory: /tmp/...'],
  'tmp-not-writable': ['warning', 'The user may not write in /tmp.', 'Permission denied: /tmp/...'],
  'passwd-missing': ['note', 'The user has no entry in /etc/passwd.', 'whoami: unknown uid 1000'],
  'home-missing': ['note', "The user's home directory is not there.", 'HOME: No such file or directory'],
  'nsswitch-missing': ['note', 'glibc finds no /etc/nsswitch.conf.', 'names of /etc/hosts come after DNS'],
  'ca-certificates-missing': [
    'warning',
    'A program speaks TLS, and there are no certificates.',
    'unable to get local issuer certificate',
  ],
  'setuid-useless': ['note', 'A setuid program gains nothing with no_new_privs.', 'sudo: effective uid is not 0'],
  'setuid-command': ['warning', 'The command needs setuid, and no_new_privs is set.', 'sudo: effective uid is not 0'],
  'kernel-too-old': ['warning', 'A program is made for a newer kernel than this one.', 'FATAL: kernel too old'],
  'platform-not-host': ['warning', 'The image is for another platform than this machine.', 'exec format error'],
  'emulator-missing': [
    'error',
    'The emulator that the kernel starts is looked for in the image.',
    'exec /app: no such file or directory',
  ],
  'init-missing': ['error', 'A machine would find no init.', 'Kernel panic - not syncing: No working init found'],
  'vm-directory-missing': [
    'warning',
    'A directory that init mounts on is not there.',
    'mount: mount point does not exist',
  ],
  'resolv-conf-missing': [
    'warning',
    'Without a container, nobody writes /etc/resolv.conf.',
    'bad address: example.org',
  ],
} as const;

/** The code of a finding. */
export type DoctorCode = keyof typeof ROWS;

/** Every finding by its code. docs/doctor.md is made of it. */
export const doctorCodes: Readonly<Record<DoctorCode, DoctorCodeFacts>> = Object.fromEntries(
  Object.entries<Row>(ROWS).map(([code, [severity, meaning, seen]]) => [code, { severity, meaning, seen }]),
) as Record<DoctorCode, DoctorCodeFacts>;

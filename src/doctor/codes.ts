import type { Severity } from './finding.ts';

export interface DoctorCodeFacts {
  readonly severity: Severity;
  /** What is the matter, as one sentence. */
  readonly meaning: string;
  /** How it shows. */
  readonly seen: string;
}

/** Every finding by its code. docs/doctor.md is made of it. */
export const doctorCodes = {
  'command-none': {
    severity: 'error',
    meaning: 'Neither ENTRYPOINT nor CMD says what to run.',
    seen: 'start container: no command',
  },
  'command-missing': {
    severity: 'error',
    meaning: 'The file of the command is not there.',
    seen: 'exec /app: no such file or directory',
  },
  'command-not-on-path': {
    severity: 'error',
    meaning: 'No directory of PATH has the command.',
    seen: 'executable file not found in $PATH',
  },
  'command-arguments': {
    severity: 'error',
    meaning: 'Command and arguments are one word.',
    seen: 'exec "/app -v": no such file or directory',
  },
  'command-quoted': {
    severity: 'error',
    meaning: 'A list with quotes that are no JSON is a command of the shell.',
    seen: "sh: ['/app'...: not found",
  },
  'shell-missing': {
    severity: 'error',
    meaning: 'The shell form of CMD or ENTRYPOINT needs a shell.',
    seen: 'exec /bin/sh: no such file or directory',
  },
  'shell-command-missing': {
    severity: 'error',
    meaning: 'The command that the shell starts is not there.',
    seen: 'sh: /app: not found',
  },
  'link-broken': {
    severity: 'error',
    meaning: 'A symbolic link on the way leads to nothing.',
    seen: 'exec /app: no such file or directory',
  },
  'link-loop': {
    severity: 'error',
    meaning: 'Symbolic links on the way lead in a circle.',
    seen: 'exec /app: too many levels of symbolic links',
  },
  'program-not-a-file': {
    severity: 'error',
    meaning: 'What is to be executed is a directory or a device.',
    seen: 'exec /app: permission denied',
  },
  'program-not-executable': {
    severity: 'error',
    meaning: 'A file has no execute permission.',
    seen: 'exec /app: permission denied',
  },
  'program-empty': {
    severity: 'error',
    meaning: 'The program is an empty file.',
    seen: 'exec /app: exec format error',
  },
  'program-foreign': {
    severity: 'error',
    meaning: 'The file is no program of Linux: an archive, or for another system.',
    seen: 'exec /app: exec format error',
  },
  'program-not-linked': {
    severity: 'error',
    meaning: 'The ELF file is no program but an object or core file.',
    seen: 'exec /app: exec format error',
  },
  'program-is-library': {
    severity: 'warning',
    meaning: 'The program is a shared library.',
    seen: 'Segmentation fault',
  },
  'program-damaged': {
    severity: 'error',
    meaning: 'The headers of an ELF file contradict its size.',
    seen: 'exec /app: exec format error',
  },
  'program-other-machine': {
    severity: 'error',
    meaning: 'A program is for another processor than the image.',
    seen: 'exec /app: exec format error',
  },
  'script-no-first-line': {
    severity: 'error',
    meaning: 'A script does not say what it is for.',
    seen: 'exec /app: exec format error',
  },
  'script-byte-order-mark': {
    severity: 'error',
    meaning: 'A byte order mark hides the #! of a script.',
    seen: 'exec /app: exec format error',
  },
  'script-leading-space': {
    severity: 'error',
    meaning: 'Something stands before the #! of a script.',
    seen: 'exec /app: exec format error',
  },
  'script-carriage-return': {
    severity: 'error',
    meaning: 'The first line of a script ends like one of Windows.',
    seen: 'exec /app: no such file or directory',
  },
  'script-first-line': {
    severity: 'error',
    meaning: 'The first line of a script names no interpreter.',
    seen: 'exec /app: exec format error',
  },
  'script-too-long': {
    severity: 'error',
    meaning: 'The first line of a script is longer than the kernel reads.',
    seen: 'exec format error',
  },
  'script-nesting': {
    severity: 'error',
    meaning: 'The interpreters of scripts are scripts, too deep.',
    seen: 'too many levels of symbolic links',
  },
  'script-interpreter-missing': {
    severity: 'error',
    meaning: 'The interpreter of a script is not there.',
    seen: 'exec /app: no such file or directory',
  },
  'script-interpreter-relative': {
    severity: 'error',
    meaning: 'The first line of a script has no absolute path.',
    seen: 'exec /app: no such file or directory',
  },
  'script-env-arguments': {
    severity: 'error',
    meaning: 'env gets a command and its arguments as one word.',
    seen: "env: 'python3 -u': No such file",
  },
  'script-command-missing': {
    severity: 'error',
    meaning: 'env does not find what a script asks for.',
    seen: "env: 'python3': No such file",
  },
  'loader-missing': {
    severity: 'error',
    meaning: 'The loader of a dynamic program is not there.',
    seen: 'exec /app: no such file or directory',
  },
  'loader-not-executable': {
    severity: 'error',
    meaning: 'The loader has no execute permission.',
    seen: 'exec /app: permission denied',
  },
  'loader-damaged': {
    severity: 'error',
    meaning: 'The loader is no ELF file, or is damaged.',
    seen: 'exec /app: exec format error',
  },
  'loader-other-machine': {
    severity: 'error',
    meaning: 'The loader is for another processor.',
    seen: 'exec /app: exec format error',
  },
  'library-missing': { severity: 'error', meaning: 'A library is not there.', seen: 'cannot open shared object file' },
  'library-link-broken': {
    severity: 'error',
    meaning: 'The link to a library leads to nothing.',
    seen: 'cannot open shared object file',
  },
  'library-not-in-cache': {
    severity: 'error',
    meaning: '/etc/ld.so.cache does not know a library.',
    seen: 'cannot open shared object file',
  },
  'library-other-machine': {
    severity: 'error',
    meaning: 'The library is for another processor.',
    seen: 'wrong ELF class',
  },
  'library-damaged': {
    severity: 'error',
    meaning: 'A library is no ELF file, or is damaged.',
    seen: 'invalid ELF header',
  },
  'version-missing': {
    severity: 'error',
    meaning: 'A library is older than a program needs.',
    seen: "version `GLIBC_2.34' not found",
  },
  'library-at-run-time': {
    severity: 'warning',
    meaning: 'A library that is loaded later is not there.',
    seen: 'must be installed for ... to work',
  },
  'nss-module-missing': {
    severity: 'warning',
    meaning: 'The C library lacks its module for names.',
    seen: 'Name or service not known',
  },
  'user-missing': {
    severity: 'error',
    meaning: 'The user is not in /etc/passwd.',
    seen: 'find user: not in /etc/passwd',
  },
  'group-missing': {
    severity: 'error',
    meaning: 'The group is not in /etc/group.',
    seen: 'find group: not in /etc/group',
  },
  'user-may-not-execute': {
    severity: 'error',
    meaning: 'The user may not execute a file.',
    seen: 'exec /app: permission denied',
  },
  'user-may-not-read': {
    severity: 'error',
    meaning: 'The user may not read a script or a library.',
    seen: 'cannot open: Permission denied',
  },
  'user-may-not-enter': {
    severity: 'error',
    meaning: 'The user may not enter a directory on the way.',
    seen: 'exec /app: permission denied',
  },
  'workdir-not-a-directory': {
    severity: 'error',
    meaning: 'The working directory is a file.',
    seen: 'enter directory: not a directory',
  },
  'workdir-missing': {
    severity: 'note',
    meaning: 'The working directory is made when the container starts.',
    seen: 'an empty directory',
  },
  'volume-not-a-directory': {
    severity: 'warning',
    meaning: 'What VOLUME names is a file.',
    seen: 'mount: not a directory',
  },
  'volume-relative': {
    severity: 'warning',
    meaning: 'VOLUME has no absolute path.',
    seen: 'mount path must be absolute',
  },
  'mount-point-blocked': {
    severity: 'error',
    meaning: 'A file stands where every container needs a directory, or the other way round.',
    seen: 'mount proc on /proc: invalid argument',
  },
  'healthcheck-missing': {
    severity: 'warning',
    meaning: 'The command of HEALTHCHECK is not there.',
    seen: 'the container stays unhealthy',
  },
  'path-relative': {
    severity: 'note',
    meaning: 'PATH has directories that are not absolute.',
    seen: 'commands are not found',
  },
  'tmp-missing': { severity: 'note', meaning: '/tmp is not there.', seen: 'No such file or directory: /tmp/...' },
  'tmp-not-writable': {
    severity: 'warning',
    meaning: 'The user may not write in /tmp.',
    seen: 'Permission denied: /tmp/...',
  },
  'passwd-missing': {
    severity: 'note',
    meaning: 'The user has no entry in /etc/passwd.',
    seen: 'whoami: unknown uid 1000',
  },
  'home-missing': {
    severity: 'note',
    meaning: "The user's home directory is not there.",
    seen: 'HOME: No such file or directory',
  },
  'nsswitch-missing': {
    severity: 'note',
    meaning: 'glibc finds no /etc/nsswitch.conf.',
    seen: 'names of /etc/hosts come after DNS',
  },
  'ca-certificates-missing': {
    severity: 'warning',
    meaning: 'A program speaks TLS, and there are no certificates.',
    seen: 'unable to get local issuer certificate',
  },
  'setuid-useless': {
    severity: 'note',
    meaning: 'A setuid program gains nothing with no_new_privs.',
    seen: 'sudo: effective uid is not 0',
  },
  'setuid-command': {
    severity: 'warning',
    meaning: 'The command needs setuid, and no_new_privs is set.',
    seen: 'sudo: effective uid is not 0',
  },
  'kernel-too-old': {
    severity: 'warning',
    meaning: 'A program is made for a newer kernel than this one.',
    seen: 'FATAL: kernel too old',
  },
  'platform-not-host': {
    severity: 'warning',
    meaning: 'The image is for another platform than this machine.',
    seen: 'exec format error',
  },
  'emulator-missing': {
    severity: 'error',
    meaning: 'The emulator that the kernel starts is looked for in the image.',
    seen: 'exec /app: no such file or directory',
  },
  'init-missing': {
    severity: 'error',
    meaning: 'A machine would find no init.',
    seen: 'Kernel panic - not syncing: No working init found',
  },
  'vm-directory-missing': {
    severity: 'warning',
    meaning: 'A directory that init mounts on is not there.',
    seen: 'mount: mount point does not exist',
  },
  'resolv-conf-missing': {
    severity: 'warning',
    meaning: 'Without a container, nobody writes /etc/resolv.conf.',
    seen: 'bad address: example.org',
  },
} as const;

/** The code of a finding. */
export type DoctorCode = keyof typeof doctorCodes;

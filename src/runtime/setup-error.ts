import { getSystemErrorMap } from 'node:util';
import { PlinthError } from '../errors/index.ts';
import { refusalHint } from './refusal-hint.ts';
import type { RuntimeErrorCode } from './runtime-error.ts';
import type { StatusMessage } from './status-channel.ts';
import type { Step } from './step.ts';

type Failure = Extract<StatusMessage, { kind: 'failed' | 'interpreter-missing' }>;

/** A failed step as an error; `details.status` is the exit status that the command line gives for it. */
export function setupError(failure: Failure, steps: readonly Step[]): PlinthError<RuntimeErrorCode> {
  const step = steps[failure.step];
  const what = step?.what ?? `step ${failure.step}`;
  if (step?.call === 'execve') return commandError(failure, step, steps);
  const errno = failure.kind === 'failed' ? failure.errno : 0;
  const [name, text] = systemError(errno);
  return new PlinthError<RuntimeErrorCode>(`${what}: ${text} (${name})`, {
    code: 'container-setup-failed',
    hint: hintFor(step, name),
    details: { status: 125, what, call: step?.call, step: failure.step, errno, error: name },
  });
}

function commandError(failure: Failure, step: Step, steps: readonly Step[]): PlinthError<RuntimeErrorCode> {
  const path = String(step.args[0]);
  // Several places were tried: the command was given by its name alone.
  const isSearched = steps.filter(({ call }) => call === 'execve').length > 1;
  const command = isSearched ? path.slice(path.lastIndexOf('/') + 1) : path;
  if (failure.kind === 'interpreter-missing') {
    return new PlinthError<RuntimeErrorCode>(`execute ${path}: the file exists, its interpreter or loader does not`, {
      code: 'command-interpreter-missing',
      hint: 'A script names its interpreter after #!, a dynamic program its loader: add that file to the image.',
      details: { status: 127, path },
    });
  }
  const [name, text] = systemError(failure.errno);
  if (name === 'ENOENT') {
    return new PlinthError<RuntimeErrorCode>(`execute ${command}: not found in the container`, {
      code: 'command-not-found',
      details: { status: 127, path },
    });
  }
  return new PlinthError<RuntimeErrorCode>(
    `execute ${path}: ${name === 'ENOEXEC' ? 'exec format error' : text} (${name})`,
    {
      code: 'command-not-executable',
      hint: EXECUTE_HINTS[name],
      details: { status: 126, path, errno: failure.errno, error: name },
    },
  );
}

const EXECUTE_HINTS: Readonly<Record<string, string>> = {
  EACCES: 'It is not a file with execute permission for the user of the container.',
  ENOEXEC: 'It is no program of this processor, or a script without a #! line.',
  E2BIG: 'Arguments and environment are longer than the kernel takes.',
};

/** `[name, text]` of a positive errno, as Node has them. */
function systemError(errno: number): readonly [name: string, text: string] {
  return getSystemErrorMap().get(-errno) ?? [`errno ${errno}`, 'system error'];
}

function hintFor(step: Step | undefined, error: string): string | undefined {
  if (error === 'ENOSYS') return 'The embedded runtime needs Linux 5.12 or newer.';
  switch (step?.call) {
    case 'clone':
    case 'unshare':
      if (error === 'EPERM') return refusalHint() ?? 'Creating namespaces needs root or unprivileged user namespaces.';
      return error === 'ENOSPC'
        ? (refusalHint() ?? 'A limit of namespaces is reached: see /proc/sys/user.')
        : undefined;
    case 'setresuid':
    case 'setresgid':
    case 'setgroups':
      return error === 'EINVAL' || error === 'EPERM'
        ? 'The id is not mapped in the user namespace: a wider range in /etc/subuid and /etc/subgid maps it.'
        : undefined;
    case 'prlimit64':
      return error === 'EPERM' ? 'A limit above the present hard limit needs CAP_SYS_RESOURCE.' : undefined;
    case 'fsmount':
      return error === 'EPERM'
        ? 'A masked /proc or /sys outside, as in a container, forbids a new one inside.'
        : undefined;
    case 'move_mount':
      return MOUNT_TARGET_HINTS[error];
    case 'mount':
      if (step.args[1] === '/' && error === 'EINVAL') return refusalHint();
      if (step.args[2] !== 'overlay') return undefined;
      return error === 'EINVAL'
        ? 'The upper and work directories must lie on one file system that can carry an overlay.'
        : undefined;
    default:
      return undefined;
  }
}

const MOUNT_TARGET_HINTS: Readonly<Record<string, string>> = {
  EINVAL: 'The destination in the image is a link, or a file where a directory is mounted.',
  ENOTDIR: 'The destination in the image is a file, the source a directory, or the other way round.',
  ENOENT: 'The destination in the image is a link to something that does not exist.',
  ELOOP: 'The destination in the image is a circle of links.',
};

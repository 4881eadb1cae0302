import { type ByteString, decodeText } from '../bytes/index.ts';
import type { LoaderProblem, LoaderProblemKind } from './loader-problem.ts';

/** What the kernel says. */
const WORDS = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  ENOEXEC: 'exec format error',
  ELOOP: 'too many levels of symbolic links',
} as const;

const ERRORS: Readonly<Partial<Record<LoaderProblemKind, keyof typeof WORDS>>> = {
  'program-not-a-file': 'EACCES',
  'program-not-executable': 'EACCES',
  'program-unreadable': 'EACCES',
  'program-format': 'ENOEXEC',
  'program-invalid': 'ENOEXEC',
  'script-first-line': 'ENOEXEC',
  'script-nesting': 'ELOOP',
  'loader-invalid': 'ENOEXEC',
  'loader-not-executable': 'EACCES',
};

/** The problem that execve(2) of `path` fails; without a file that is missing, the error is that of the kind. */
export function execProblem(
  kind: LoaderProblemKind,
  path: ByteString,
  { hint, missing }: { readonly hint: string; readonly missing?: ByteString },
): LoaderProblem {
  const message = `exec ${shownPath(path)}: ${WORDS[ERRORS[kind] ?? 'ENOENT']}`;
  return { kind, path, message, hint, ...(missing === undefined ? {} : { missing }) };
}

/** The problem that a command is not found; `script` is the one whose first line names it by env(1). */
export function missingCommand(
  command: ByteString,
  { script, hint }: { readonly script: ByteString | undefined; readonly hint: string | undefined },
): LoaderProblem {
  return {
    kind: command.endsWith('\r') ? 'script-carriage-return' : 'program-missing',
    path: script ?? command,
    missing: command,
    message: missingMessage(command, script),
    ...(hint === undefined ? {} : { hint }),
  };
}

function missingMessage(command: ByteString, script: ByteString | undefined): string {
  if (script !== undefined) return `env: ${shownPath(command)}: No such file or directory`;
  if (command.includes('/')) return `exec ${shownPath(command)}: ${WORDS.ENOENT}`;
  return `exec: ${JSON.stringify(decodeText(command))}: executable file not found in $PATH`;
}

/** A path for a message; quoted if it holds what would not be seen. */
export function shownPath(path: ByteString): string {
  const text = decodeText(path);
  return /[\s"\\]/.test(text) ? JSON.stringify(text) : text;
}

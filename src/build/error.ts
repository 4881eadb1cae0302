import { PlinthError } from '../errors/index.ts';

/** The errors thrown by `build/`: code → what it means. */
export const buildErrors = {
  'context-unreadable': 'The build context is missing, is no directory, or may not be read.',
  'dockerfile-missing': 'The Dockerfile is not where it was looked for.',
  'dockerfile-unreadable': 'The Dockerfile is too large, or no text in UTF-8.',
  'instruction-unsupported': 'The Dockerfile uses a part of the language that is not supported yet.',
  'instruction-invalid': 'An instruction is well formed, but its arguments make no sense.',
  'stage-missing': '`--target`, `FROM` or `--from` names a stage that does not exist, or not yet.',
  'base-missing': '`FROM` or `--from` names an image that is not in the store.',
  'platform-mismatch': 'A base image was made for another platform than the one asked for.',
  'source-missing': 'A source of `COPY` or `ADD` does not exist, or `.dockerignore` leaves it out.',
  'source-changed': 'A file of the build context changed while it was read.',
  'copy-conflict': 'A file would replace a directory, or a directory a file.',
  'archive-entry-refused':
    'An archive that `ADD` unpacks holds an entry that climbs out, or that an image cannot hold.',
  'wildcard-invalid': 'A wildcard of `COPY` or `ADD` is malformed.',
  'mode-invalid': '`--chmod` is neither octal nor a symbolic mode.',
  'run-failed': 'The command of a `RUN` ended with a status other than 0.',
  'run-unavailable': 'The build has a `RUN`, and nothing here can run commands.',
  'output-invalid': 'An output (`-o`) cannot be written where it was asked for.',
} as const;
export type BuildErrorCode = keyof typeof buildErrors;

/** A {@link PlinthError} of this room. */
export function buildError(
  code: BuildErrorCode,
  message: string,
  fields: { hint?: string | undefined; cause?: unknown; details?: Record<string, unknown> } = {},
): PlinthError<BuildErrorCode> {
  return new PlinthError<BuildErrorCode>(message, { code, ...fields });
}

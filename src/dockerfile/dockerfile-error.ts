import { PlinthError } from '../errors/index.ts';
import type { SourceRange } from './source-range.ts';

/** The errors thrown by `dockerfile/`: code → what it means. */
export const dockerfileErrors = {
  'dockerfile-invalid': 'A Dockerfile has several problems; `details.problems` holds them all.',
  'dockerfile-empty': 'A Dockerfile has no instruction.',
  'dockerfile-line-too-long': 'A line of a Dockerfile is longer than the format allows.',
  'dockerfile-directive-invalid': 'A parser directive (`# escape=` and the like) is repeated or has a wrong value.',
  'dockerfile-heredoc-invalid': 'A here-document has no end line, or stands where none may.',
  'dockerfile-instruction-unknown': 'A line starts with a word that is no Dockerfile instruction.',
  'dockerfile-instruction-misplaced': 'An instruction stands where it may not: before FROM, or within ONBUILD.',
  'dockerfile-flag-unknown': 'An instruction has a flag that it does not know.',
  'dockerfile-flag-invalid': 'A flag of an instruction is repeated or has a wrong value.',
  'dockerfile-arguments-invalid': 'An instruction has too few or too many arguments, or arguments of the wrong form.',
  'dockerfile-value-invalid': 'A port, duration, signal, stage name or mount of a Dockerfile is not of its form.',
  'dockerfile-expansion-invalid': 'A word has an unclosed quote or brace, or a substitution that does not exist.',
  'dockerfile-variable-missing': 'A substitution with `?` refuses an unset or empty variable.',
  'dockerfile-too-complex': 'An expansion is nested too deeply or grows too long.',
  'dockerfile-stage-unknown': 'A stage is named that the Dockerfile does not have.',
  'dockerfile-request-invalid': 'The input of `dockerfile expand` is not an array of `{word, env, mode}`.',
  'ignore-file-invalid': 'A line of an ignore file is not a pattern.',
  'path-pattern-invalid': 'A wildcard pattern has an unclosed bracket or ends in a backslash.',
} as const;
export type DockerfileErrorCode = keyof typeof dockerfileErrors;

/** Something wrong in a Dockerfile, with its place in `details.range`. */
export type DockerfileProblem = PlinthError<DockerfileErrorCode>;

/** What a problem says beside its message. */
export interface ProblemFields {
  readonly code: DockerfileErrorCode;
  readonly range: SourceRange;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** A problem at a place in a Dockerfile; `fact` reads on after `read Dockerfile, line N:`. */
export function dockerfileProblem(fact: string, fields: ProblemFields): DockerfileProblem {
  const { line } = fields.range.start;
  return new PlinthError(`read Dockerfile, line ${line}: ${fact}`, {
    code: fields.code,
    hint: fields.hint,
    cause: fields.cause,
    details: { line, range: fields.range },
  });
}

/** The place in the Dockerfile that `error` is about, if it has one. */
export function problemRange(error: unknown): SourceRange | undefined {
  if (!(error instanceof PlinthError)) return undefined;
  return error.details.range as SourceRange | undefined;
}

/** Every problem that `error` stands for: the list of a `dockerfile-invalid`, or the error alone. */
export function problemsOf(error: PlinthError): readonly PlinthError[] {
  const list = error.details.problems;
  return Array.isArray(list) ? (list as PlinthError[]) : [error];
}

/**
 * Throws what has been collected: nothing for none, the problem itself for one.
 *
 * @throws PlinthError the only problem, or `dockerfile-invalid` with all of them in `details.problems`
 */
export function throwProblems(problems: readonly DockerfileProblem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  if (problems.length === 1) throw first;
  throw new PlinthError<DockerfileErrorCode>(
    `read Dockerfile: ${problems.length} problems; the first: ${first.message}`,
    {
      code: 'dockerfile-invalid',
      hint: first.hint,
      details: { problems, range: first.details.range, line: first.details.line },
    },
  );
}

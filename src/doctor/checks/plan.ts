import type { ByteString } from '../../bytes/index.ts';
import type { LoaderProblem, ProgramPlan } from '../../loader/index.ts';
import { type Finding, finding } from '../finding.ts';
import type { CheckContext } from './check.ts';
import { loaderFinding, programLibraries } from './libraries.ts';
import { missingCommand } from './missing-command.ts';
import { formatFinding } from './program-format.ts';
import { replaceProgram } from './replace.ts';
import { scriptFinding } from './script.ts';

/** All that keeps `words` from starting. */
export function planFindings(context: CheckContext, plan: ProgramPlan, words: readonly ByteString[]): Finding[] {
  const exec = plan.problems.map((problem) => problemFinding(context, problem, { plan, words }));
  return [...exec, ...programLibraries(context, plan)];
}

export interface Attempt {
  readonly plan: ProgramPlan;
  readonly words: readonly ByteString[];
}

function problemFinding(context: CheckContext, problem: LoaderProblem, attempt: Attempt): Finding {
  const { mender } = context;
  const { kind, path, message: why, hint: cause = '' } = problem;
  switch (kind) {
    case 'program-missing':
      return missingCommand(context, problem, attempt);
    case 'program-not-a-file':
      return finding('program-not-a-file', path, { why, cause, fix: replaceProgram(context, path, attempt) });
    case 'program-not-executable':
      return finding('program-not-executable', path, { why, cause, fix: mender.setMode(path, 0o755) });
    case 'program-format':
      return formatFinding(context, problem, attempt);
    case 'program-invalid':
    case 'program-unreadable':
      return finding('program-damaged', path, { why, cause, fix: replaceProgram(context, path, attempt) });
    case 'script-interpreter-missing':
    case 'script-carriage-return':
    case 'script-first-line':
    case 'script-nesting':
      return scriptFinding(context, problem, attempt);
    default:
      return loaderFinding(context, problem, attempt.plan);
  }
}

import type { Plan } from './plan.ts';
import type { Argument, Step } from './step.ts';

/** A plan as text, one call a line, with what it is for. */
export function formatPlan(plan: Plan): string {
  const { paths, args, env } = plan.command;
  return [
    `# outer process, ${plan.machine}`,
    ...plan.outer.map(formatStep),
    `clone(${plan.namespaces.text}|CLONE_VFORK|SIGCHLD)`,
    '# inside, as process 1',
    ...plan.init.map(formatStep),
    ...paths.map((path) => `execve(${[JSON.stringify(path), list(args), list(env)].join(', ')})`),
    '',
  ].join('\n');
}

function formatStep(step: Step): string {
  const into = step.into === undefined ? '' : `$${step.into.slot}${offset(step.into.offsetBytes)} = `;
  const call = `${into}${step.call}(${step.args.map(formatArgument).join(', ')})`;
  const expected = step.expect === undefined ? '' : ` == ${step.expect} or end`;
  const allowed = typeof step.onError === 'string' ? step.onError : step.onError.join('|');
  const tolerated = step.onError === 'fail' ? '' : ` (${allowed === 'ignore' ? 'any error' : allowed} allowed)`;
  const why = step.why === undefined ? '' : `: ${step.why}`;
  return `${call}${expected}  # ${step.what}${tolerated}${why}`;
}

function formatArgument(argument: Argument): string {
  if (argument === null) return 'NULL';
  if (typeof argument === 'number') return String(argument);
  if (typeof argument === 'string') return JSON.stringify(argument);
  if (argument.kind !== 'slot') return argument.text;
  return `${argument.as === 'pointer' ? '&' : ''}$${argument.slot}${offset(argument.offsetBytes)}`;
}

function offset(offsetBytes: number): string {
  return offsetBytes === 0 ? '' : `+${offsetBytes}`;
}

function list(texts: readonly string[]): string {
  return `[${texts.map((text) => JSON.stringify(text)).join(', ')}]`;
}

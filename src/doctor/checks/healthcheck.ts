import { encodeText } from '../../bytes/index.ts';
import { type Finding, finding } from '../finding.ts';
import type { CheckContext } from './check.ts';
import { planFindings } from './plan.ts';
import { simpleWords } from './shell-words.ts';

/** The command of HEALTHCHECK. */
export function checkHealth(context: CheckContext): Finding[] {
  const { patient, mender } = context;
  const [kind, ...rest] = patient.config.Healthcheck?.Test ?? [];
  const shell = patient.config.Shell ?? ['/bin/sh', '-c'];
  const words = kind === 'CMD' ? rest : kind === 'CMD-SHELL' ? [...shell, ...rest] : [];
  if (words.length === 0) return [];
  const commands = [words, ...(kind === 'CMD-SHELL' ? [simpleWords(rest[0] ?? '') ?? []] : [])];
  for (const command of commands.filter(({ length }) => length > 0).map((one) => one.map(encodeText))) {
    const [first] = planFindings(context, patient.planOf(command), command);
    if (first === undefined) continue;
    const fix = mender.configure('HEALTHCHECK NONE');
    return [
      finding('healthcheck-missing', encodeText(first.path), {
        why: first.why,
        cause: `HEALTHCHECK runs ${words.join(' ')}. ${first.cause}`,
        fix,
      }),
    ];
  }
  return [];
}

import { dockerfileProblem } from './dockerfile-error.ts';
import { parseDurationNs } from './duration.ts';
import { FlagValues } from './flag-values.ts';
import type { HealthcheckInstruction } from './instruction.ts';
import { readCommandForm } from './run-instruction.ts';
import type { Word } from './source-range.ts';
import { nodeRange, type SyntaxNode } from './syntax-node.ts';

const FLAGS = {
  interval: 'text',
  timeout: 'text',
  'start-period': 'text',
  'start-interval': 'text',
  retries: 'text',
} as const;
type HealthFlags = FlagValues<keyof typeof FLAGS>;

const MINIMUM_NS = 1_000_000;

/** Reads HEALTHCHECK. @throws PlinthError `dockerfile-*` */
export function readHealthcheck(node: SyntaxNode): HealthcheckInstruction {
  const [first, ...rest] = node.args;
  if (first === undefined) throw invalid(node, undefined, 'HEALTHCHECK requires CMD with a command, or NONE');
  const flags: HealthFlags = new FlagValues(node, FLAGS);
  const type = first.text.toUpperCase();
  if (type !== 'NONE' && type !== 'CMD') {
    throw invalid(node, first, `unknown type ${JSON.stringify(first.text)} in HEALTHCHECK (try CMD)`);
  }
  if (type === 'NONE' && rest.length > 0) throw invalid(node, rest[0], 'HEALTHCHECK NONE takes no arguments');
  if (type === 'CMD' && rest.length === 0) throw invalid(node, first, 'missing command after HEALTHCHECK CMD');
  return {
    kind: 'healthcheck',
    node,
    command: type === 'NONE' ? undefined : readCommandForm(node, rest),
    intervalNs: readDuration(flags, 'interval'),
    timeoutNs: readDuration(flags, 'timeout'),
    startPeriodNs: readDuration(flags, 'start-period'),
    startIntervalNs: readDuration(flags, 'start-interval'),
    retries: readRetries(flags),
  };
}

/** 0 stands for what the base image or the engine says. */
function readDuration(flags: HealthFlags, name: Exclude<keyof typeof FLAGS, 'retries'>): number {
  const text = flags.text(name) ?? '';
  const duration = text === '' ? 0 : parseDurationNs(text);
  if (duration === undefined) {
    throw flags.problem(
      name,
      0,
      `--${name} is ${JSON.stringify(text)}, not a duration`,
      'Write it as 30s, 1m30s or 500ms.',
    );
  }
  if (duration !== 0 && duration < MINIMUM_NS) throw flags.problem(name, 0, `--${name} cannot be less than 1ms`);
  return duration;
}

function readRetries(flags: HealthFlags): number {
  const text = flags.text('retries') ?? '';
  if (text === '') return 0;
  const retries = /^[+-]?\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (retries >= 0 && retries <= 0x7fff_ffff) return retries;
  throw flags.problem('retries', 0, `--retries is ${JSON.stringify(text)}, it must be a whole number from 0`);
}

function invalid(node: SyntaxNode, word: Word | undefined, fact: string) {
  return dockerfileProblem(fact, { code: 'dockerfile-arguments-invalid', range: nodeRange(node, word) });
}

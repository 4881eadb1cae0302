import type { CopyInstruction, HealthcheckInstruction, NamedValue } from '../dockerfile/index.ts';

/** `["/bin/sh" "-c" "true"]`, as BuildKit writes a command into the history. */
export function formatCommand(args: readonly string[]): string {
  return `[${args.map((arg) => JSON.stringify(arg)).join(' ')}]`;
}

/** `NAME=value …`. */
export function formatPairs(values: readonly NamedValue[]): string {
  return values.map(({ name, value }) => `${name}=${value}`).join(' ');
}

/** The instruction with its variables replaced. */
export function formatCopy(copy: CopyInstruction): string {
  const flags = [
    ...(copy.chown === undefined ? [] : [`--chown=${copy.chown}`]),
    ...(copy.chmod === undefined ? [] : [`--chmod=${copy.chmod}`]),
    ...(copy.from === undefined ? [] : [`--from=${copy.from}`]),
    ...(copy.isLinked ? ['--link'] : []),
  ];
  const files = copy.files.map(({ name }) => `<<${name}`);
  return [copy.kind.toUpperCase(), ...flags, ...copy.sources, ...files, copy.destination].join(' ');
}

/** The check with the settings that are given. */
export function formatHealthcheck(check: HealthcheckInstruction): string {
  if (check.command === undefined) return 'NONE';
  const settings = [
    ['interval', check.intervalNs],
    ['timeout', check.timeoutNs],
    ['start-period', check.startPeriodNs],
    ['start-interval', check.startIntervalNs],
  ] as const;
  const flags = settings.filter(([, ns]) => ns > 0).map(([name, ns]) => `--${name}=${ns / 1e9}s `);
  const retries = check.retries > 0 ? `--retries=${check.retries} ` : '';
  const { command } = check;
  return `${flags.join('')}${retries}CMD ${command.form === 'exec' ? formatCommand(command.args) : command.text}`;
}

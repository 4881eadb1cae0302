import { isPlinthError, type PlinthError } from '../../errors/index.ts';
import { formatExcerpt } from './excerpt.ts';
import type { Style } from './style.ts';
import { showControls, showControlsOfLines } from './table.ts';

/** An error as the user reads it: summary, source excerpt, hint; with `debug` also code, causes and stack. */
export function formatError(
  error: unknown,
  { style, debug }: { readonly style: Style; readonly debug: boolean },
): string {
  if (!isPlinthError(error)) return formatBug(error, style);
  const lines = [`${style.bold(style.red('error:'))} ${showControlsOfLines(error.message)}`];
  lines.push(...formatExcerpt(error.details, style), ...formatOthers(error, style));
  if (error.hint !== undefined) lines.push(`${style.bold(style.blue('hint:'))} ${showControlsOfLines(error.hint)}`);
  if (debug) lines.push(...formatDebug(error));
  return `${lines.join('\n')}\n`;
}

/** An error that stands for several problems shows the others in short. */
function formatOthers({ details }: PlinthError, style: Style): string[] {
  const { problems } = details;
  if (!Array.isArray(problems)) return [];
  return problems.slice(1).flatMap((problem: unknown) => {
    if (!isPlinthError(problem)) return [];
    const { source, file } = details;
    return [
      `${style.bold('also:')} ${showControlsOfLines(problem.message)}`,
      ...formatExcerpt({ ...problem.details, source, file }, style),
    ];
  });
}

function formatBug(error: unknown, style: Style): string {
  const lines = [
    `${style.bold(style.red('error:'))} ${showControlsOfLines(error instanceof Error ? error.message : String(error))}`,
    `${style.bold(style.blue('hint:'))} This is a bug in Plinth. Please report it with the lines below.`,
    ...stackLines(error),
    ...formatCauses(error),
  ];
  return `${lines.join('\n')}\n`;
}

function formatDebug(error: PlinthError): string[] {
  const facts = Object.entries(error.details).map(([name, value]) => `  ${name}: ${showControls(showDetail(value))}`);
  return [
    `code: ${error.code}`,
    ...(facts.length === 0 ? [] : ['details:', ...facts]),
    ...stackLines(error),
    ...formatCauses(error),
  ];
}

function formatCauses(error: unknown): string[] {
  const lines: string[] = [];
  let cause = error instanceof Error ? error.cause : undefined;
  // A chain that leads back to itself must not go on for ever.
  for (let depth = 0; cause !== undefined && cause !== null && depth < 20; depth++) {
    const code = cause instanceof Error ? (cause as { code?: unknown }).code : undefined;
    const message = cause instanceof Error ? cause.message : String(cause);
    lines.push(
      `caused by: ${showControlsOfLines(message)}${code === undefined ? '' : ` (${String(code)})`}`,
      ...stackLines(cause),
    );
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return lines;
}

function stackLines(error: unknown): string[] {
  if (!(error instanceof Error) || error.stack === undefined) return [];
  return error.stack.split('\n').filter((line) => /^\s+at /.test(line));
}

function showDetail(value: unknown): string {
  if (typeof value === 'string')
    return value.length > 200 ? JSON.stringify(`${value.slice(0, 200)}…`) : JSON.stringify(value);
  if (typeof value === 'bigint') return String(value);
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, 200);
  } catch {
    return String(value);
  }
}

import type { DoctorFinding, DoctorReport, Severity } from '../../sdk/index.ts';
import type { Style } from './style.ts';
import { showControls, showControlsOfLines } from './table.ts';
import { textWidth } from './terminal-text.ts';

export interface DoctorLayout {
  /** Show notes. */
  readonly all: boolean;
  readonly style: Style;
  /** The width of the terminal: sentences are broken to fit. Absent: one line each. */
  readonly columns: number | undefined;
}

/** What the doctor found: a heading, and for each finding the file, the words of the error, the cause and the fix. */
export function formatDoctorReport(report: DoctorReport, layout: DoctorLayout): string {
  const shown = report.findings.filter(({ severity }) => layout.all || severity !== 'note');
  const parts = [heading(report, shown, layout), ...shown.map((one) => formatFinding(one, report, layout))];
  return parts.join('\n');
}

function heading(report: DoctorReport, shown: readonly DoctorFinding[], { style }: DoctorLayout): string {
  const { source, kind, command, platform, findings } = report;
  const counts = (['error', 'warning', 'note'] as const).flatMap((severity) => count(shown, severity));
  const hidden = findings.length - shown.length;
  const more = hidden === 0 ? '' : style.dim(` (${hidden} more with --all)`);
  const verdict = counts.length === 0 ? style.green('nothing found') : counts.join(', ');
  const facts = [
    ...(platform === undefined ? [] : [platform]),
    ...(command.length === 0 ? [] : [`starts ${command.map(showControls).join(' ')}`]),
  ];
  const where = `${style.bold(`${kind} ${showControls(source)}`)}: ${verdict}${more}`;
  return `${where}\n${facts.length === 0 ? '' : `${style.dim(facts.join(', '))}\n`}`;
}

function count(findings: readonly DoctorFinding[], severity: Severity): string[] {
  const found = findings.filter((one) => one.severity === severity).length;
  return found === 0 ? [] : [`${found} ${severity}${found === 1 ? '' : 's'}`];
}

function formatFinding(finding: DoctorFinding, report: DoctorReport, { style, columns }: DoctorLayout): string {
  const { code, severity, path, why, cause, fix } = finding;
  const lines = [
    `${paint(severity, style)} ${style.bold(showControls(path))} ${style.dim(code)}`,
    ...wrap(showControls(why), columns),
    ...wrap(showControls(cause), columns),
  ];
  const isWhole = fix.dockerfile[0]?.startsWith('FROM ') ?? false;
  const end = isWhole ? 'a Dockerfile in its place' : `at the end of the Dockerfile${origin(report)}`;
  if (fix.commands.length > 0) lines.push(`  ${style.green('run:')}`, ...indented(fix.commands));
  if (fix.dockerfile.length > 0) lines.push(`  ${style.green(`${end}:`)}`, ...indented(fix.dockerfile));
  return lines.map((line) => `${line}\n`).join('');
}

function origin({ kind, source }: DoctorReport): string {
  return kind === 'image' ? ` (or of one FROM ${showControls(source)})` : '';
}

function paint(severity: Severity, style: Style): string {
  const label = `${severity}:`;
  if (severity === 'error') return style.bold(style.red(label));
  return severity === 'warning' ? style.bold(style.yellow(label)) : style.bold(style.blue(label));
}

/** Lines to be copied stay as they are. */
function indented(texts: readonly string[]): string[] {
  return texts.flatMap((text) =>
    showControlsOfLines(text)
      .split('\n')
      .map((line) => (text.includes('\n') ? line : `    ${line}`)),
  );
}

function wrap(text: string, columns: number | undefined): string[] {
  const room = columns === undefined ? Number.POSITIVE_INFINITY : Math.max(20, columns - 2);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && textWidth(line) + 1 + textWidth(word) > room) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((one) => `  ${one}`);
}

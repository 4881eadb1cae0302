import type { PackReport } from '../../sdk/index.ts';
import { count, formatSize } from './human.ts';
import type { Style } from './style.ts';
import { formatTable, showControls } from './table.ts';

export interface PackReportLayout {
  /** The width of the terminal; absent: lines are not cut. */
  readonly columns: number | undefined;
  readonly style: Style;
}

/** What is packed, part by part, for people. */
export function formatPackReport(report: PackReport, { columns, style }: PackReportLayout): string {
  const rows = report.parts.map(({ name, what, sizeBytes, paths }) => [
    formatSize(sizeBytes),
    String(paths.length),
    name,
    what,
  ]);
  const files = report.parts.reduce((sum, { paths }) => sum + paths.length, 0);
  const total = `${formatSize(report.sizeBytes)} in ${count(files, 'file')}`;
  const platform = report.platform === undefined ? '' : ` for ${report.platform}`;
  const table = formatTable(['SIZE', 'FILES', 'PART', 'WHAT IT IS'], rows, { right: [0, 1], columns });
  const notes = report.notes.map((note) => `${style.yellow('note:')} ${showControls(note)}\n`);
  return `${table}\n${style.bold(total)}${platform}\n${notes.join('')}`;
}

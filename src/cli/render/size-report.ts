import type { SizeReport } from '../../sdk/index.ts';
import { count, formatSize } from './human.ts';
import type { Style } from './style.ts';
import { formatTable, showControls } from './table.ts';

/** The parts of a report that are tables of their own. */
export type SizeSection = 'layers' | 'dirs' | 'packages' | 'files';

/** How a report is shown. */
export interface SizeReportLayout {
  /** Whole tables of these; none: the report in short, with the first rows of every table. */
  readonly sections: readonly SizeSection[];
  /** The width of the terminal; absent: lines are not cut. */
  readonly columns: number | undefined;
  readonly style: Style;
  /** The source as the user named it. */
  readonly source: string;
}

/** How many of several equal files are named. */
const NAMED_COPIES = 3;

/** How many rows of a table the short report has, and what part of the whole a directory has that is in it. */
const SHORT_ROWS = 5;
const SHORT_SHARE = 0.02;

/** The report for people. */
export function formatSizeReport(report: SizeReport, layout: SizeReportLayout): string {
  const isShort = layout.sections.length === 0;
  const sections = isShort ? (['layers', 'dirs', 'packages', 'files'] as const) : layout.sections;
  const tables = sections.flatMap((section) => TABLES[section](report, isShort));
  const shown = tables.filter((table) => table.rows.length > 0 || table.notes !== undefined);
  return [formatTotals(report, layout), ...shown.map((table) => formatSection(table, { ...layout, isShort }))].join(
    '\n',
  );
}

interface Section {
  readonly title: string;
  readonly heading: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly right: readonly number[];
  /** How many rows the short report has; absent: the first few. */
  readonly shortRows?: number;
  readonly notes?: string | undefined;
}

function formatTotals(report: SizeReport, { source }: SizeReportLayout): string {
  const { kind, storedBytes, shownBytes, wastedBytes, files, layers, efficiency } = report;
  const lines = [`${kind} ${showControls(source)}: ${formatSize(shownBytes)} in ${count(files, 'file')}`];
  if (layers.length > 1) {
    lines[0] += `, ${formatSize(storedBytes)} stored in ${count(layers.length, 'layer')}`;
    const waste = wastedBytes === 0 ? 'nothing' : formatSize(wastedBytes);
    lines.push(`efficiency ${formatShare(efficiency)}: later layers overwrite or remove ${waste}`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

function formatSection(section: Section, layout: SizeReportLayout & { readonly isShort: boolean }): string {
  const { title, heading, rows, right, shortRows = SHORT_ROWS, notes } = section;
  const shown = layout.isShort ? rows.slice(0, shortRows) : rows;
  const table = shown.length === 0 ? '' : formatTable(heading, shown, { right, columns: layout.columns });
  const more = rows.length > shown.length ? layout.style.dim(`… and ${rows.length - shown.length} more\n`) : '';
  return `${layout.style.bold(title)}\n${table}${more}${notes === undefined ? '' : `${notes}\n`}`;
}

const TABLES: Readonly<Record<SizeSection, (report: SizeReport, isShort: boolean) => Section[]>> = {
  layers: (report) => (report.layers.length > 1 || isNamed(report) ? [layerSection(report)] : []),
  dirs: (report, isShort) => [directorySection(report, isShort)],
  packages: (report) => [packageSection(report)],
  files: (report) => [largestSection(report), wastedSection(report), duplicateSection(report)],
};

/** Whether the one layer has more to say than the totals: it is an image's. */
function isNamed({ layers: [layer] }: SizeReport): boolean {
  return layer?.diffId !== undefined;
}

function layerSection({ layers }: SizeReport): Section {
  return {
    title: 'Layers',
    heading: ['#', 'SIZE', 'WASTED', 'ADDED', 'CHANGED', 'REMOVED', 'MADE BY'],
    right: [0, 1, 2, 3, 4, 5],
    shortRows: layers.length,
    rows: layers.map(({ sizeBytes, wastedBytes, added, changed, removed, createdBy }, index) => [
      String(index + 1),
      formatSize(sizeBytes),
      formatSize(wastedBytes),
      ...[added, changed, removed].map(String),
      // A heredoc has several lines; the table keeps one row a layer.
      createdBy.replace(/\s+/g, ' ').trim(),
    ]),
  };
}

function directorySection({ directories, shownBytes }: SizeReport, isShort: boolean): Section {
  const shown = isShort ? directories.filter(({ sizeBytes }) => sizeBytes >= shownBytes * SHORT_SHARE) : directories;
  return {
    title: 'Directories',
    heading: ['SIZE', 'SHARE', 'FILES', 'DIRECTORY'],
    right: [0, 1, 2],
    shortRows: shown.length,
    rows: shown.map(({ path, depth, sizeBytes, files }) => [
      formatSize(sizeBytes),
      formatShare(sizeBytes / (shownBytes || 1)),
      String(files),
      `${'  '.repeat(depth)}${path}`,
    ]),
  };
}

function packageSection({ packages: { packages, rest, unread }, shownBytes }: SizeReport): Section {
  const row = (sizeBytes: number, files: number, name: string) => [
    formatSize(sizeBytes),
    formatShare(sizeBytes / (shownBytes || 1)),
    String(files),
    name,
  ];
  const known = packages.map(({ sizeBytes, files, name, version }) => row(sizeBytes, files, `${name} ${version}`));
  const notes = unread.map((manager) => `The database of ${manager} is there and is not read.`).join('\n');
  return {
    title: 'Packages',
    heading: ['SIZE', 'SHARE', 'FILES', 'PACKAGE'],
    right: [0, 1, 2],
    rows: packages.length === 0 ? [] : [row(rest.sizeBytes, rest.files, '(of no package)'), ...known],
    notes: notes === '' ? undefined : notes,
  };
}

function largestSection({ largest }: SizeReport): Section {
  return {
    title: 'Largest files',
    heading: ['SIZE', 'FILE'],
    right: [0],
    rows: largest.map(({ sizeBytes, paths }) => [formatSize(sizeBytes), paths.join(' = ')]),
  };
}

function wastedSection({ wasted }: SizeReport): Section {
  return {
    title: 'Overwritten or removed in later layers',
    heading: ['WASTED', 'STORED IN', 'THEN', 'FILE'],
    right: [0],
    rows: wasted.map(({ wastedBytes, layers, lostIn, fate, isSameContent, path }) => [
      formatSize(wastedBytes),
      layers.map((layer) => layer + 1).join(', '),
      `${isSameContent ? 'same again' : fate} in ${lostIn + 1}`,
      path,
    ]),
  };
}

function duplicateSection({ duplicates }: SizeReport): Section {
  return {
    title: 'Same content twice or more',
    heading: ['EXTRA', 'COPIES', 'FILES'],
    right: [0, 1],
    rows: duplicates.map(({ extraBytes, paths }) => [
      formatSize(extraBytes),
      String(paths.length),
      formatCopies(paths),
    ]),
  };
}

function formatCopies(paths: readonly string[]): string {
  const more = paths.length > NAMED_COPIES ? ` and ${paths.length - NAMED_COPIES} more` : '';
  return `${paths.slice(0, NAMED_COPIES).join(', ')}${more}`;
}

/** A part of 1 as percent with one decimal, never rounded up: only the whole is 100%. */
export function formatShare(share: number): string {
  return `${(Math.floor(share * 1000) / 10).toFixed(1)}%`;
}

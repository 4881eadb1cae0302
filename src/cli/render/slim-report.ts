import type { SlimImageReport, SlimmedImage } from '../../sdk/index.ts';
import { count, formatSize, shortId } from './human.ts';
import { formatShare } from './size-report.ts';
import type { Style } from './style.ts';
import { formatTable } from './table.ts';

export interface SlimReportLayout {
  /** The width of the terminal; absent: lines are not cut. */
  readonly columns: number | undefined;
  readonly style: Style;
  /** The image as the user named it. */
  readonly image: string;
  /** Whether every path that goes is listed. */
  readonly files: boolean;
}

/** What may go of an image or went, for people. */
export function formatSlimReport(report: SlimImageReport, layout: SlimReportLayout): string {
  const parts = [formatGoing(report, layout), formatStaying(report, layout)];
  if (layout.files) parts.push(report.paths.map((path) => `${path}\n`).join(''));
  parts.push(report.made === undefined ? formatHint(report, layout) : formatMade(report, report.made, layout));
  return parts.filter((part) => part !== '').join('\n');
}

function formatGoing({ classes, wastedBytes, made }: SlimImageReport, { columns, style }: SlimReportLayout): string {
  const going = classes.filter(({ isDropped, files }) => isDropped && files > 0);
  const rows = going.map(({ name, sizeBytes, files, reason }) => ({
    sizeBytes,
    cells: [name, formatSize(sizeBytes), String(files), reason],
  }));
  if (wastedBytes > 0) {
    const why = 'overwritten or removed by later layers';
    rows.push({ sizeBytes: wastedBytes, cells: ['(hidden)', formatSize(wastedBytes), '', why] });
  }
  if (rows.length === 0) return '';
  rows.sort((left, right) => right.sizeBytes - left.sizeBytes);
  const cells = rows.map((row) => row.cells);
  const table = formatTable(['CLASS', 'SIZE', 'FILES', 'WHAT IT IS'], cells, { right: [1, 2], columns });
  return `${style.bold(made === undefined ? 'Can go' : 'Left out')}\n${table}`;
}

function formatStaying({ classes }: SlimImageReport, { columns, style }: SlimReportLayout): string {
  const rows = classes.flatMap(({ name, sizeBytes, files, isDropped, keptBecause = '', neededFiles }) => {
    if (!isDropped) return [[name, formatSize(sizeBytes), String(files), keptBecause]];
    return neededFiles === 0 ? [] : [[name, '', String(neededFiles), "the image's start or a link leads to them"]];
  });
  if (rows.length === 0) return '';
  return `${style.bold('Stays')}\n${formatTable(['CLASS', 'SIZE', 'FILES', 'WHY'], rows, { right: [1, 2], columns })}`;
}

function formatHint({ droppedBytes, wastedBytes, beforeBytes }: SlimImageReport, { image }: SlimReportLayout): string {
  const gain = droppedBytes + wastedBytes;
  if (gain === 0) return `${image} has nothing to leave out.\n`;
  return `${formatSize(gain)} of ${formatSize(beforeBytes)} can go\nnext: plinth slim -t NAME ${image}\n`;
}

function formatMade(report: SlimImageReport, made: SlimmedImage, { columns, style }: SlimReportLayout): string {
  const rows = made.layers.map(({ createdBy, beforeBytes, afterBytes }, index) => [
    String(index + 1),
    formatSize(beforeBytes),
    formatSize(afterBytes),
    createdBy.replace(/\s+/g, ' ').trim(),
  ]);
  const table = formatTable(['#', 'BEFORE', 'AFTER', 'MADE BY'], rows, { right: [0, 1, 2], columns });
  const { beforeBytes } = report;
  const gain = beforeBytes - made.afterBytes;
  const change = gain === 0 ? 'nothing to leave out' : `${formatShare(gain / beforeBytes)} less`;
  const sizes = `${formatSize(beforeBytes)} → ${formatSize(made.afterBytes)}, ${change}`;
  const files = count(report.paths.length, 'file');
  return `${style.bold('Layers')}\n${table}\nmade ${made.name} (${shortId(made.imageId)}): ${sizes}, ${files} left out\n`;
}

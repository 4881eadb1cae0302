import type { SizeBreach, SizeLimits } from '../../sdk/index.ts';
import { type Command, defineCommand } from '../command.ts';
import { usageError } from '../error.ts';
import { type FlagValues, parsed, toggle } from '../flag.ts';
import { parseCount } from '../options/count.ts';
import { parseShare, parseSizeOrShare } from '../options/share.ts';
import { parseSize } from '../options/size.ts';
import { formatSize } from '../render/human.ts';
import { formatJson } from '../render/json.ts';
import { formatShare, formatSizeReport, type SizeSection } from '../render/size-report.ts';
import { styleFor } from '../render/style.ts';

const SECTIONS = ['layers', 'dirs', 'packages', 'files'] as const satisfies readonly SizeSection[];

const flags = {
  layers: toggle('Show the layers: what each adds, changes and removes'),
  dirs: toggle('Show the directories'),
  packages: toggle('Show the packages of dpkg and apk'),
  files: toggle('Show the largest files, the wasted ones and the duplicates'),
  depth: parsed(parseCount, { value: 'N', help: 'List directories down to N names below the root (default: 2)' }),
  json: toggle('Print the whole report as JSON'),
  'max-size': parsed(parseSize, { value: 'SIZE', help: 'Fail if the layers hold more' }),
  'max-wasted': parsed(parseSizeOrShare, { value: 'SIZE|PERCENT', help: 'Fail if more of it cannot be seen' }),
  'min-efficiency': parsed(parseShare, { value: 'N', help: 'Fail if less of it can be seen: 0.95 or 95%' }),
} as const;

export const command: Command = defineCommand({
  name: 'du',
  usage: '[OPTIONS] IMAGE|TAR|DIR',
  description: 'Show what takes space in an image, a tar or a directory: layers, directories, packages and files.',
  notes: [
    'Sizes are those of the data of files: hard links count once, holes not at all. Wasted are the bytes that a',
    'later layer overwrites or removes; efficiency is the part of all stored bytes that the image still shows.',
    'A TAR is that of a root file system, or of an image as save writes it.',
    'With a limit that does not hold, the exit status is 1. SIZE is bytes, or 150M, 2GiB (1024), 2GB (1000).',
  ],
  flags,
  operands: { min: 1, max: 1 },
  async run({ flags: given, operands: [source = ''], root }, cli) {
    const sdk = await cli.sdk();
    const report = await sdk.measureSize({ root, source, depth: depthOf(given), limits: limitsOf(given) });
    if (given.json) cli.stdout.write(formatJson(report));
    else {
      const sections = SECTIONS.filter((section) => given[section]);
      const columns = cli.stdout.isTerminal ? cli.terminalSize().columns : undefined;
      cli.stdout.write(formatSizeReport(report, { sections, columns, style: styleFor(cli.stdout, cli.env), source }));
    }
    if (report.breaches.length === 0) return 0;
    cli.stderr.write(report.breaches.map((breach) => `over the limit: ${formatBreach(breach)}\n`).join(''));
    return 1;
  },
});

type Given = FlagValues<typeof flags>;

function depthOf(given: Given): number | undefined {
  if (given.depth === undefined || given.dirs || given.json) return given.depth;
  if (SECTIONS.some((section) => given[section])) {
    throw usageError('usage-flag', 'read flags: --depth is for directories, which are not asked for', 'Add --dirs.');
  }
  return given.depth;
}

function limitsOf(given: Given): SizeLimits {
  const wasted = given['max-wasted'];
  return {
    maxStoredBytes: given['max-size'],
    maxWastedBytes: wasted !== undefined && 'bytes' in wasted ? wasted.bytes : undefined,
    maxWastedShare: wasted !== undefined && 'share' in wasted ? wasted.share : undefined,
    minEfficiency: given['min-efficiency'],
  };
}

function formatBreach({ limit, allowed, actual }: SizeBreach): string {
  switch (limit) {
    case 'maxStoredBytes':
      return `the layers hold ${formatSize(actual)} (${actual} bytes), --max-size allows ${formatSize(allowed)} (${allowed})`;
    case 'maxWastedBytes':
      return `${formatSize(actual)} (${actual} bytes) are wasted, --max-wasted allows ${formatSize(allowed)} (${allowed})`;
    case 'maxWastedShare':
      return `${formatShare(actual)} is wasted, --max-wasted allows ${formatShare(allowed)}`;
    case 'minEfficiency':
      return `the efficiency is ${formatShare(actual)}, --min-efficiency wants ${formatShare(allowed)}`;
  }
}

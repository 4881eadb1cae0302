import type { UsageRow } from '../../sdk/index.ts';
import { type Command, defineCommand } from '../command.ts';
import { choice } from '../flag.ts';
import { formatSize } from '../render/human.ts';
import { formatJsonLines } from '../render/json.ts';
import { formatTable } from '../render/table.ts';

export const command: Command = defineCommand({
  name: 'df',
  usage: '[OPTIONS]',
  description: 'Show what takes space in the store.',
  flags: { format: choice(['table', 'json'], { help: 'A table, or one JSON object a line', initial: 'table' }) },
  operands: { min: 0, max: 0 },
  async run({ flags, root }, cli) {
    const sdk = await cli.sdk();
    const rows = await sdk.storeUsage({ root });
    cli.stdout.write(flags.format === 'json' ? formatJsonLines(rows.map(asJson)) : formatUsage(rows));
    return 0;
  },
});

function formatUsage(rows: readonly UsageRow[]): string {
  const cells = rows.map(({ kind, total, active, sizeBytes, reclaimableBytes }) => {
    const share = sizeBytes > 0 ? ` (${Math.floor((reclaimableBytes / sizeBytes) * 100)}%)` : '';
    return [kind, String(total), String(active), formatSize(sizeBytes), `${formatSize(reclaimableBytes)}${share}`];
  });
  return formatTable(['TYPE', 'TOTAL', 'ACTIVE', 'SIZE', 'RECLAIMABLE'], cells);
}

function asJson({ kind, total, active, sizeBytes, reclaimableBytes }: UsageRow): unknown {
  return { Type: kind, TotalCount: total, Active: active, Size: sizeBytes, Reclaimable: reclaimableBytes };
}

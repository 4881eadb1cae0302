import type { HistoryStep } from '../../sdk/index.ts';
import { type Command, defineCommand } from '../command.ts';
import { choice, toggle } from '../flag.ts';
import { formatAge, formatSize, shortId } from '../render/human.ts';
import { formatJsonLines } from '../render/json.ts';
import { formatTable } from '../render/table.ts';
import { truncateText } from '../render/terminal-text.ts';

export const command: Command = defineCommand({
  name: 'history',
  usage: '[OPTIONS] IMAGE',
  description: 'Show the steps that made an image, newest first.',
  flags: {
    quiet: toggle('Print only ids', 'q'),
    'no-trunc': toggle('Do not shorten anything'),
    format: choice(['table', 'json'], { help: 'A table, or one JSON object a line', initial: 'table' }),
  },
  operands: { min: 1, max: 1 },
  async run({ flags, operands: [image = ''], root }, cli) {
    const sdk = await cli.sdk();
    const steps = await sdk.imageHistory({ root, image });
    const whole = flags['no-trunc'];
    if (flags.quiet) cli.stdout.write(steps.map((step) => `${showId(step, whole)}\n`).join(''));
    else if (flags.format === 'json') cli.stdout.write(formatJsonLines(steps.map(asJson)));
    else cli.stdout.write(formatHistory(steps, { whole, nowMs: cli.now() }));
    return 0;
  },
});

function formatHistory(
  steps: readonly HistoryStep[],
  format: { readonly whole: boolean; readonly nowMs: number },
): string {
  const rows = steps.map((step) => {
    // A heredoc has several lines; the table keeps one row a step.
    const createdBy = step.createdBy.replace(/\s+/g, ' ').trim();
    return [
      showId(step, format.whole),
      formatAge(step.createdMs, format.nowMs),
      format.whole ? createdBy : truncateText(createdBy, 45),
      formatSize(step.sizeBytes),
      step.comment,
    ];
  });
  return formatTable(['IMAGE', 'CREATED', 'CREATED BY', 'SIZE', 'COMMENT'], rows);
}

function showId({ imageId }: HistoryStep, whole: boolean): string {
  if (imageId === undefined) return '<missing>';
  return whole ? imageId : shortId(imageId);
}

function asJson({ imageId, createdMs, createdBy, sizeBytes, comment }: HistoryStep): unknown {
  return {
    ID: imageId ?? null,
    CreatedAt: createdMs === undefined ? null : new Date(createdMs).toISOString(),
    CreatedBy: createdBy,
    Size: sizeBytes,
    Comment: comment,
  };
}

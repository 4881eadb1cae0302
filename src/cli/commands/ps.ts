import type { ContainerSummary } from '../../sdk/index.ts';
import { type Command, defineCommand } from '../command.ts';
import { choice, toggle } from '../flag.ts';
import { formatAge, formatDuration, shortId } from '../render/human.ts';
import { formatJsonLines } from '../render/json.ts';
import { formatTable } from '../render/table.ts';
import { truncateText } from '../render/terminal-text.ts';

export const command: Command = defineCommand({
  name: 'ps',
  usage: '[OPTIONS]',
  description: 'List containers that run, newest first.',
  flags: {
    all: toggle('List those that do not run, too', 'a'),
    quiet: toggle('Print only ids', 'q'),
    'no-trunc': toggle('Do not shorten ids and commands'),
    format: choice(['table', 'json'], { help: 'A table, or one JSON object a line', initial: 'table' }),
  },
  operands: { min: 0, max: 0 },
  async run({ flags, root }, cli) {
    const sdk = await cli.sdk();
    const containers = await sdk.listContainers({ root, all: flags.all });
    const whole = flags['no-trunc'];
    if (flags.quiet) cli.stdout.write(containers.map(({ id }) => `${whole ? id : shortId(id)}\n`).join(''));
    else if (flags.format === 'json') cli.stdout.write(formatJsonLines(containers.map(asJson)));
    else cli.stdout.write(formatContainers(containers, { whole, nowMs: cli.now() }));
    return 0;
  },
});

interface Format {
  readonly whole: boolean;
  readonly nowMs: number;
}

function formatContainers(containers: readonly ContainerSummary[], { whole, nowMs }: Format): string {
  const rows = containers.map((container) => {
    const line = container.command.join(' ');
    return [
      whole ? container.id : shortId(container.id),
      container.image,
      JSON.stringify(whole ? line : truncateText(line, 20)),
      formatAge(container.createdMs, nowMs),
      formatStatus(container, nowMs),
      container.name,
    ];
  });
  return formatTable(['CONTAINER ID', 'IMAGE', 'COMMAND', 'CREATED', 'STATUS', 'NAMES'], rows);
}

function formatStatus({ state, startedMs, exit }: ContainerSummary, nowMs: number): string {
  if (exit !== undefined) return `Exited (${exit.status}) ${formatAge(exit.atMs, nowMs)}`;
  if (state !== 'running') return state === 'exited' ? 'Exited' : 'Created';
  return startedMs === undefined ? 'Up' : `Up ${formatDuration(nowMs - startedMs)}`;
}

function asJson({ id, image, command: words, createdMs, state, exit, name }: ContainerSummary): unknown {
  return {
    ID: id,
    Image: image,
    Command: words,
    CreatedAt: new Date(createdMs).toISOString(),
    State: state,
    ExitCode: exit?.status ?? null,
    Names: name,
  };
}

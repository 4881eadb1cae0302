import type { ImageSummary } from '../../sdk/index.ts';
import { type Command, defineCommand } from '../command.ts';
import { choice, toggle } from '../flag.ts';
import { formatAge, formatSize, shortId } from '../render/human.ts';
import { formatJsonLines } from '../render/json.ts';
import { formatTable } from '../render/table.ts';

export const command: Command = defineCommand({
  name: 'images',
  usage: '[OPTIONS] [NAME]',
  description: 'List images, newest first. NAME (a repository, maybe with a tag) lists only these.',
  flags: {
    quiet: toggle('Print only ids', 'q'),
    digests: toggle('Show manifest digests'),
    'no-trunc': toggle('Do not shorten ids'),
    format: choice(['table', 'json'], { help: 'A table, or one JSON object a line', initial: 'table' }),
  },
  operands: { min: 0, max: 1 },
  async run({ flags, operands, root }, cli) {
    const sdk = await cli.sdk();
    const images = await sdk.listImages({ root, filter: operands[0] });
    const showId = (id: string) => (flags['no-trunc'] ? id : shortId(id));
    if (flags.quiet) cli.stdout.write(images.map(({ id }) => `${showId(id)}\n`).join(''));
    else if (flags.format === 'json') cli.stdout.write(formatJsonLines(images.map(asJson)));
    else cli.stdout.write(formatImages(images, { digests: flags.digests, showId, nowMs: cli.now() }));
    return 0;
  },
});

interface Format {
  readonly digests: boolean;
  readonly nowMs: number;
  showId(id: string): string;
}

function formatImages(images: readonly ImageSummary[], { digests, nowMs, showId }: Format): string {
  const heading = ['REPOSITORY', 'TAG', ...(digests ? ['DIGEST'] : []), 'IMAGE ID', 'CREATED', 'SIZE'];
  const rows = images.map((image) => [
    image.repository ?? '<none>',
    image.tag ?? '<none>',
    ...(digests ? [image.manifestDigest] : []),
    showId(image.id),
    formatAge(image.createdMs, nowMs),
    formatSize(image.sizeBytes),
  ]);
  return formatTable(heading, rows);
}

function asJson({ repository, tag, id, manifestDigest, createdMs, sizeBytes }: ImageSummary): unknown {
  return {
    Repository: repository ?? '<none>',
    Tag: tag ?? '<none>',
    ID: id,
    Digest: manifestDigest,
    CreatedAt: createdMs === undefined ? null : new Date(createdMs).toISOString(),
    Size: sizeBytes,
  };
}

import type { Finding } from '../../sdk/index.ts';
import { type Command, defineCommand } from '../command.ts';
import { choice } from '../flag.ts';
import { formatJsonLines } from '../render/json.ts';

export const command: Command = defineCommand({
  name: 'verify',
  usage: '[OPTIONS]',
  description: 'Read everything in the store again, compare it with its digests, and say what is damaged.',
  flags: { format: choice(['text', 'json'], { help: 'Lines to read, or one JSON object a line', initial: 'text' }) },
  operands: { min: 0, max: 0 },
  async run({ flags, root }, cli) {
    const sdk = await cli.sdk();
    const findings = await sdk.verifyStore({ root });
    cli.stdout.write(flags.format === 'json' ? formatJsonLines(findings) : findings.map(asLines).join(''));
    if (findings.length === 0) cli.stderr.write('Everything in the store is as it was written.\n');
    return findings.length === 0 ? 0 : 1;
  },
});

function asLines(finding: Finding): string {
  return `${describe(finding)}\n  ${remedy(finding)}\n`;
}

function describe(finding: Finding): string {
  switch (finding.kind) {
    case 'blob-corrupt':
      return `blob ${finding.digest}: its bytes have the digest ${finding.actual}`;
    case 'blob-unreadable':
      return `blob ${finding.digest}: ${finding.reason}`;
    case 'blob-missing':
      return `image ${finding.image}: blob ${finding.digest} is missing`;
    case 'size-wrong':
      return `image ${finding.image}: blob ${finding.digest} has ${finding.actual} bytes instead of ${finding.expected}`;
    case 'image-invalid':
      return `image ${finding.image}: ${finding.reason}`;
    case 'layer-index-corrupt':
      return `index of layer ${finding.digest}: damaged`;
    case 'stray-file':
      return `file ${finding.name} among the blobs: its name is no digest`;
  }
}

function remedy(finding: Finding): string {
  switch (finding.kind) {
    case 'layer-index-corrupt':
      return 'It is made again when the layer is next read.';
    case 'stray-file':
      return 'Nothing reads it; it can be deleted.';
    case 'blob-corrupt':
    case 'blob-unreadable':
      return 'Remove the images that use it (plinth rmi), then plinth prune --all, and build or load them again.';
    default:
      return `Remove the image (plinth rmi ${finding.image}), and build or load it again.`;
  }
}

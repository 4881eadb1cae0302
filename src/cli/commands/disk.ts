import { type Command, defineCommand } from '../command.ts';
import { usageError } from '../error.ts';
import { parsed, text, toggle } from '../flag.ts';
import { parseSize } from '../options/size.ts';
import { count, formatSize } from '../render/human.ts';

export const command: Command = defineCommand({
  name: 'disk',
  usage: '[OPTIONS] IMAGE|TAR|DIR FILE',
  description: 'Write an ext4 disk of an image, a tar or a directory. It needs no root, no mount and no mkfs.',
  notes: [
    'A name that an image has is that image, also beside a file or directory of that name: write ./NAME for those.',
    'Sizes are bytes, or 150M, 2GiB (powers of 1024), 2GB (powers of 1000).',
  ],
  flags: {
    size: parsed(parseSize, { value: 'SIZE', help: 'Make the disk this large' }),
    free: parsed(parseSize, { value: 'SIZE', help: 'Leave this much free space' }),
    'no-journal': toggle('Leave the journal out'),
    label: text('NAME', 'Set the label of the file system'),
  },
  operands: { min: 2, max: 2 },
  async run({ flags, operands: [source = '', file = ''], root }, cli) {
    const { size: sizeBytes, free: freeBytes, label } = flags;
    if (sizeBytes !== undefined && freeBytes !== undefined) {
      throw usageError('usage-flag', 'read flags: --size and --free exclude each other');
    }
    // As with `build -o`: a disk is not written from begin to end.
    if (file === '-') throw usageError('usage-operands', 'write disk: it cannot go to standard output', 'Name a file.');
    const sdk = await cli.sdk();
    const journal = !flags['no-journal'];
    const signal = cli.interrupt;
    const disk = await sdk.writeDisk({ root, source, file, sizeBytes, freeBytes, journal, label, signal });
    const size = `${formatSize(disk.sizeBytes)}, ${formatSize(disk.freeBytes)} free`;
    cli.stderr.write(`wrote ${file} of the ${disk.kind} ${source}: ext4, ${size}, ${count(disk.entries, 'file')}\n`);
    return 0;
  },
});

import { resolve } from 'node:path';
import { type Command, defineCommand } from '../command.ts';
import { text, toggle } from '../flag.ts';
import { count, formatSize } from '../render/human.ts';
import { showControls } from '../render/table.ts';

export const command: Command = defineCommand({
  name: 'new app',
  usage: '[OPTIONS] DIR PROGRAM...',
  description: 'Make the build context of a program in DIR: the program, all it needs, and a Dockerfile.',
  notes: ['plinth pack --context does the same and has more options.'],
  flags: {
    root: text('IMAGE|TAR|DIR', 'Take it from this root file system instead of that of this machine'),
    certificates: toggle('Take the authorities that TLS programs trust'),
    timezones: toggle('Take the rules of time zones'),
  },
  operands: { min: 2 },
  async run({ flags, operands: [directory = '', ...programs], root }, cli) {
    const sdk = await cli.sdk();
    const report = await sdk.packPrograms({
      root,
      programs,
      context: resolve(cli.cwd, directory),
      ...(flags.root === undefined ? { path: cli.env.PATH, cwd: cli.cwd } : { source: flags.root }),
      certificates: flags.certificates,
      timezones: flags.timezones,
      signal: cli.interrupt,
    });
    const files = report.parts.reduce((sum, { paths }) => sum + paths.length, 0);
    const platform = report.platform === undefined ? '' : ` for ${report.platform}`;
    const platformFlag = report.native ? '' : ` --platform ${report.platform}`;
    for (const note of report.notes) cli.stderr.write(`note: ${showControls(note)}\n`);
    cli.stderr.write(
      `made ${directory}: ${formatSize(report.sizeBytes)} in ${count(files, 'file')}${platform}\n` +
        `next: plinth build -t app${platformFlag} ${directory}\n`,
    );
    return 0;
  },
});

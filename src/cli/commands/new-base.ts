import { resolve } from 'node:path';
import { type Command, defineCommand } from '../command.ts';

export const command: Command = defineCommand({
  name: 'new base',
  usage: 'DIR TAR',
  description: 'Make the build context of a base image in DIR: the TAR of a root file system, and a Dockerfile.',
  notes: ['The tar may be compressed: gzip, zstd, xz, bzip2.'],
  flags: {},
  operands: { min: 2, max: 2 },
  async run({ operands: [directory = '', tar = ''], root }, cli) {
    const sdk = await cli.sdk();
    const made = await sdk.newBase({
      root,
      directory: resolve(cli.cwd, directory),
      tar: resolve(cli.cwd, tar),
      signal: cli.interrupt,
    });
    const platform = made.platform === undefined ? '' : ` for ${made.platform}`;
    const shell = made.shell === undefined ? 'without a shell' : `with ${made.shell}`;
    const platformFlag = made.native ? '' : ` --platform ${made.platform}`;
    cli.stderr.write(
      `made ${directory}: a root file system ${shell}${platform}\nnext: plinth build -t base${platformFlag} ${directory}\n`,
    );
    return 0;
  },
});

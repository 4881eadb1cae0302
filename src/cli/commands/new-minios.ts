import { type Command, defineCommand } from '../command.ts';
import { text, toggle } from '../flag.ts';
import { count } from '../render/human.ts';

export const command: Command = defineCommand({
  name: 'new minios',
  usage: '[OPTIONS] DIR',
  description:
    'Make the build context of a system from nothing in DIR: a static BusyBox, its commands, and a Dockerfile.',
  notes: [
    'Without --busybox it takes the BusyBox on PATH if that is static, else the Debian package busybox-static,',
    'which it fetches with apt-get (no root needed) and unpacks itself.',
  ],
  flags: {
    busybox: text('PATH', 'Use this BusyBox'),
    platform: text('OS/ARCH', 'Make it for this platform (default: of this machine)'),
    force: toggle('Accept a BusyBox that does not fit, and a directory in use'),
  },
  operands: { min: 1, max: 1 },
  async run({ flags, operands: [directory = ''] }, cli) {
    const sdk = await cli.sdk();
    const { busybox, platform, force } = flags;
    const warn = (message: string) => cli.stderr.write(`warning: ${message}\n`);
    const made = await sdk.newMinios({ directory, busybox, platform, force, warn });
    const version = made.version === undefined ? '' : ` ${made.version}`;
    const platformFlag = made.native ? '' : ` --platform ${made.platform}`;
    cli.stderr.write(
      `made ${directory}: BusyBox${version} for ${made.platform} from ${made.origin}, ${count(made.commands, 'command')}\n` +
        `next: plinth build -t minios${platformFlag} ${directory}\n`,
    );
    return 0;
  },
});

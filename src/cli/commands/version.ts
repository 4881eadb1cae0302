import { type Command, defineCommand } from '../command.ts';
import { choice } from '../flag.ts';
import { formatPairs } from '../render/pairs.ts';
import { plinthVersion } from '../version.ts';

export const command: Command = defineCommand({
  name: 'version',
  usage: '[OPTIONS]',
  description: 'Show the version of Plinth and what it runs on.',
  flags: { format: choice(['text', 'json'], { help: 'How to print it', initial: 'text', short: 'f' }) },
  operands: { min: 0, max: 0 },
  run({ flags }, { stdout }) {
    const facts = {
      plinth: plinthVersion(),
      node: process.versions.node,
      platform: `${process.platform}/${process.arch}`,
    };
    stdout.write(flags.format === 'json' ? `${JSON.stringify(facts)}\n` : formatPairs(Object.entries(facts)));
    return 0;
  },
});

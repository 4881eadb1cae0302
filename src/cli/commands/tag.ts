import { type Command, defineCommand } from '../command.ts';

export const command: Command = defineCommand({
  name: 'tag',
  usage: 'IMAGE NAME[:TAG]',
  description: 'Give an image another name.',
  flags: {},
  operands: { min: 2, max: 2 },
  async run({ operands: [source = '', name = ''], root }, cli) {
    const sdk = await cli.sdk();
    await sdk.tagImage({ root, source, name });
    return 0;
  },
});

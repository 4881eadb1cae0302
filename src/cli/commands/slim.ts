import { type Command, defineCommand } from '../command.ts';
import { text, texts, toggle } from '../flag.ts';
import { formatJson } from '../render/json.ts';
import { formatSlimReport } from '../render/slim-report.ts';
import { styleFor } from '../render/style.ts';

export const command: Command = defineCommand({
  name: 'slim',
  usage: '[OPTIONS] IMAGE',
  description: 'Show what an image can do without, and with -t make the image without it. IMAGE itself never changes.',
  notes: [
    'Classes: caches, debug, documentation, manuals, locales, development (headers, static libraries), bytecode,',
    'logs, temporary, backups, licences. Licences stay unless --drop names them, headers where a compiler is, and',
    'what the command of the image names stays always. What later layers hide goes, too.',
  ],
  flags: {
    tag: text('NAME[:TAG]', 'Make the slim image and name it', 't'),
    drop: texts('CLASS', 'Leave out this class and only those named so (may be repeated)'),
    keep: texts('CLASS', 'Keep this class (may be repeated)'),
    files: toggle('List every file that goes'),
    json: toggle('Print the report as JSON'),
  },
  operands: { min: 1, max: 1 },
  async run({ flags, operands: [image = ''], root }, cli) {
    const { tag: name, drop, keep, files } = flags;
    const sdk = await cli.sdk();
    const signal = cli.interrupt;
    const report = await sdk.slimImage({ root, image, name, drop: drop.length === 0 ? undefined : drop, keep, signal });
    const columns = cli.stdout.isTerminal ? cli.terminalSize().columns : undefined;
    const layout = { columns, style: styleFor(cli.stdout, cli.env), image, files };
    cli.stdout.write(flags.json ? formatJson(report) : formatSlimReport(report, layout));
    return 0;
  },
});

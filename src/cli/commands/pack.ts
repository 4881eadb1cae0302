import { resolve } from 'node:path';
import { type Command, defineCommand } from '../command.ts';
import { parsedEach, text, texts, toggle } from '../flag.ts';
import { parseAddition } from '../options/addition.ts';
import { parseMachine } from '../options/machine.ts';
import { parseOutputSpec } from '../options/output-spec.ts';
import { buildOutput } from '../options/output-target.ts';
import { shortId } from '../render/human.ts';
import { formatJson } from '../render/json.ts';
import { formatPackReport } from '../render/pack-report.ts';
import { styleFor } from '../render/style.ts';
import { refuseTerminal } from '../result-file.ts';

export const command: Command = defineCommand({
  name: 'pack',
  usage: '[OPTIONS] PROGRAM...',
  description:
    'Pack programs and all they need into a new root file system; without -t, -o and --context only show it.',
  notes: [
    'A PROGRAM is a path, or a name on PATH; it is never run, so it may be for any machine. Every file comes to',
    'the place where it lay. What Python, Perl, git, nginx and OpenSSL read at run time comes along by itself.',
    'One program is the entry point of the image, of several the first is the command; --change says otherwise.',
    'Here --root is where programs are taken from; the store is given before the command: plinth --root DIR pack.',
  ],
  flags: {
    tag: texts('NAME[:TAG]', 'Name the image (may be repeated)', 't'),
    output: parsedEach(parseOutputSpec, {
      value: 'OUTPUT',
      help: 'Write the result as plinth build does: type=TYPE,dest=PATH, or DIR, or -',
      short: 'o',
    }),
    context: text('DIR', 'Write a build context with a Dockerfile that makes the same tree'),
    root: text('IMAGE|TAR|DIR', 'Take them from this root file system instead of that of this machine'),
    add: parsedEach(parseAddition, { value: 'PATH[:DEST]', help: 'Take this as well (may be repeated)' }),
    certificates: toggle('Take the authorities that TLS programs trust'),
    timezones: toggle('Take the rules of time zones'),
    charsets: toggle('Take the modules that convert between character sets'),
    change: texts('INSTRUCTION', 'Change how the image starts: CMD, ENV, USER, … (may be repeated)', 'c'),
    machine: parsedEach(parseMachine, { value: 'NAME=NUMBER', help: 'Name a machine that has no registered number' }),
    quiet: toggle("Print only the image's id", 'q'),
    json: toggle('Print everything as JSON'),
  },
  operands: { min: 1 },
  async run({ flags, operands: programs, root }, cli) {
    const { tag: names, context, certificates, timezones, charsets } = flags;
    const toStdout = flags.output.some((output) => 'dest' in output && output.dest === '-');
    if (toStdout) refuseTerminal(cli);
    const sdk = await cli.sdk();
    const report = await sdk.packPrograms({
      root,
      programs,
      ...(flags.root === undefined ? { path: cli.env.PATH, cwd: cli.cwd } : { source: flags.root }),
      add: flags.add,
      certificates,
      timezones,
      charsets,
      machines: new Map(flags.machine),
      changes: flags.change,
      names,
      outputs: flags.output.map((output) => buildOutput(output, cli)),
      context: context === undefined ? undefined : resolve(cli.cwd, context),
      signal: cli.interrupt,
    });
    const columns = cli.stdout.isTerminal ? cli.terminalSize().columns : undefined;
    const out = toStdout ? cli.stderr : cli.stdout;
    const id = report.imageId;
    if (flags.quiet) out.write(id === undefined ? '' : `${id}\n`);
    else if (flags.json) out.write(formatJson(report));
    else {
      out.write(formatPackReport(report, { columns, style: styleFor(out, cli.env) }));
      if (id !== undefined) out.write(`made ${names[0] ?? 'image'} (${shortId(id)})\n`);
      const platformFlag = report.native ? '' : ` --platform ${report.platform}`;
      if (context !== undefined) out.write(`made ${context}\nnext: plinth build -t NAME${platformFlag} ${context}\n`);
      if (id === undefined && context === undefined) out.write(`next: plinth pack -t NAME ${programs.join(' ')}\n`);
    }
    return 0;
  },
});

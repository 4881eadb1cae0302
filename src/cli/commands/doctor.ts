import { type Command, defineCommand } from '../command.ts';
import { parsedEach, toggle } from '../flag.ts';
import { parseMachine } from '../options/machine.ts';
import { formatDoctorReport } from '../render/doctor.ts';
import { formatJson } from '../render/json.ts';
import { styleFor } from '../render/style.ts';

export const command: Command = defineCommand({
  name: 'doctor',
  usage: '[OPTIONS] IMAGE|TAR|DIR [COMMAND] [ARG...]',
  description: 'Show what would keep an image from starting: which file, why, and what mends it. Nothing is run.',
  notes: [
    'COMMAND replaces the CMD of an image, as with run; put -- before it if its arguments begin with a dash. For a',
    'TAR or DIR it is /sbin/init or /bin/sh if it is not given.',
    'A fix is lines for the end of the Dockerfile, commands for the directory of the build context, or both.',
    'With an error the exit status is 1; warnings and notes do not change it. docs/doctor.md lists all findings.',
  ],
  flags: {
    all: toggle('Show notes, too'),
    json: toggle('Print everything as JSON'),
    vm: toggle('Also look for what a machine needs that boots from it'),
    machine: parsedEach(parseMachine, { value: 'NAME=NUMBER', help: 'Name a machine that has no registered number' }),
  },
  operands: { min: 1 },
  async run({ flags: { all, json, vm, machine }, operands: [source = '', ...words], root }, cli) {
    const sdk = await cli.sdk();
    const report = await sdk.examine({
      root,
      source,
      command: words,
      vm,
      machines: new Map(machine),
      signal: cli.interrupt,
    });
    const findings = report.findings.filter(({ severity }) => all || severity !== 'note');
    const columns = cli.stdout.isTerminal ? cli.terminalSize().columns : undefined;
    const style = styleFor(cli.stdout, cli.env);
    cli.stdout.write(json ? formatJson({ ...report, findings }) : formatDoctorReport(report, { all, style, columns }));
    return findings.some(({ severity }) => severity === 'error') ? 1 : 0;
  },
});

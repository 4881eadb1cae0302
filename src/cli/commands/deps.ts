import { type Command, defineCommand } from '../command.ts';
import { usageError } from '../error.ts';
import { parsedEach, text, toggle } from '../flag.ts';
import { parseMachine } from '../options/machine.ts';
import { formatDependencyGraph, formatDependencyList, formatDependencyTree } from '../render/dependencies.ts';
import { formatJson } from '../render/json.ts';
import { styleFor } from '../render/style.ts';

export const command: Command = defineCommand({
  name: 'deps',
  usage: '[OPTIONS] PROGRAM...',
  description: 'Show what programs need to start: loader, libraries, interpreters; and what of it is missing.',
  notes: [
    'A PROGRAM is a path, or a name on PATH; a script or a library will do, too. Nothing is run: it may be for any',
    'machine. If something is missing, the exit status is 1.',
    'Here --root is where programs are looked for; the store is given before the command: plinth --root DIR deps.',
  ],
  flags: {
    root: text('IMAGE|TAR|DIR', 'Look in this root file system instead of that of this machine'),
    tree: toggle('Show who needs whom'),
    dot: toggle('Print the graph for Graphviz'),
    json: toggle('Print everything as JSON'),
    'ld-library-path': text('LIST', 'Search these directories as with LD_LIBRARY_PATH'),
    machine: parsedEach(parseMachine, { value: 'NAME=NUMBER', help: 'Name a machine that has no registered number' }),
  },
  operands: { min: 1 },
  async run({ flags, operands: programs, root }, cli) {
    const { tree, dot, json, machine } = flags;
    if ([tree, dot, json].filter((wanted) => wanted).length > 1) {
      throw usageError('usage-flag', 'read flags: --tree, --dot and --json exclude each other');
    }
    const own = flags.root === undefined ? { path: cli.env.PATH, cwd: cli.cwd } : {};
    const libraryPath = flags['ld-library-path'] ?? (flags.root === undefined ? cli.env.LD_LIBRARY_PATH : undefined);
    const sdk = await cli.sdk();
    const report = await sdk.findDependencies({
      root,
      programs,
      source: flags.root,
      libraryPath,
      machines: new Map(machine),
      signal: cli.interrupt,
      ...own,
    });
    const style = styleFor(cli.stdout, cli.env);
    if (json) cli.stdout.write(formatJson(report));
    else if (dot) cli.stdout.write(formatDependencyGraph(report));
    else cli.stdout.write(tree ? formatDependencyTree(report, style) : formatDependencyList(report, style));
    return report.programs.some(({ problems }) => problems.length > 0) ? 1 : 0;
  },
});

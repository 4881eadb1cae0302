import type { BuildImageOptions } from '../../sdk/index.ts';
import type { Cli } from '../cli.ts';
import { type Command, defineCommand, type Invocation } from '../command.ts';
import { choice, parsedEach, text, texts, toggle, within } from '../flag.ts';
import { streamInput } from '../input-file.ts';
import { parseLabel, parseVariables } from '../options/key-value.ts';
import { parseOutputSpec } from '../options/output-spec.ts';
import { buildOutput } from '../options/output-target.ts';
import { createProgress, PROGRESS_MODES } from '../progress/index.ts';
import { refuseTerminal, writeResult } from '../result-file.ts';

const flags = {
  tag: texts('NAME[:TAG]', 'Name the image (may be repeated)', 't'),
  file: text('FILE', 'Read this Dockerfile, - for standard input (default: PATH/Dockerfile)', 'f'),
  'build-arg': texts('KEY[=VALUE]', 'Set an ARG; without a value it is taken from the environment'),
  target: text('STAGE', 'Build this stage'),
  platform: text('OS/ARCH', 'Build for this platform'),
  'no-cache': toggle('Run every step again'),
  label: parsedEach(parseLabel, { value: 'KEY=VALUE', help: 'Put a label on the image' }),
  output: parsedEach(parseOutputSpec, {
    value: 'OUTPUT',
    help: 'Write the result: type=TYPE,dest=PATH, or DIR, or - (may be repeated)',
    short: 'o',
  }),
  network: choice(['host', 'none'], { help: 'The network of RUN steps', initial: 'host' }),
  quiet: toggle("Print only the image's id", 'q'),
  iidfile: text('FILE', "Write the image's id to FILE"),
  progress: choice(PROGRESS_MODES, { help: 'How to show progress, on stderr', initial: 'auto' }),
} as const;

export const command: Command = defineCommand({
  name: 'build',
  usage: '[OPTIONS] PATH|-',
  description: 'Build an image from a Dockerfile and the files in PATH, or in a tar on standard input.',
  notes: [
    'Types of output: image (the store; the default), oci and docker (archives), tar (the root file system),',
    'local (a directory), ext4 (a disk; takes size=SIZE or free=SIZE, journal=false, label=NAME, too).',
  ],
  flags,
  operands: { min: 1, max: 1 },
  async run(invocation, cli) {
    const { flags: given } = invocation;
    const progress = createProgress(given.quiet ? 'quiet' : given.progress, cli);
    const sdk = await cli.sdk();
    try {
      const { imageId } = await sdk.buildImage({ ...parseRequest(invocation, cli), observe: progress.observe });
      if (given.iidfile !== undefined) {
        await writeResult(given.iidfile, cli, async (write) => write(Buffer.from(imageId)));
      }
      progress.close();
      if (given.quiet) cli.stdout.write(`${imageId}\n`);
      return 0;
    } finally {
      progress.close();
    }
  },
});

function parseRequest({ flags: given, operands: [path = '.'], root }: Invocation<typeof flags>, cli: Cli) {
  if (given.output.some((output) => 'dest' in output && output.dest === '-')) refuseTerminal(cli);
  return {
    root,
    context: path === '-' ? cli.stdin() : path,
    dockerfile: given.file === '-' ? streamInput('-', cli) : given.file,
    names: given.tag,
    buildArgs: Object.fromEntries(within('--build-arg', () => parseVariables(given['build-arg'], cli.env))),
    labels: Object.fromEntries(given.label),
    target: given.target,
    platform: given.platform,
    noCache: given['no-cache'],
    network: given.network,
    outputs: given.output.map((output) => buildOutput(output, cli)),
    signal: cli.interrupt,
  } satisfies BuildImageOptions;
}

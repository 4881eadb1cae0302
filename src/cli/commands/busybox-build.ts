import { resolve } from 'node:path';
import type { BuildBusyBoxOptions, BusyBoxReport } from '../../sdk/index.ts';
import type { Cli } from '../cli.ts';
import { type Command, defineCommand, type Invocation } from '../command.ts';
import { usageError } from '../error.ts';
import { choice, parsed, parsedEach, text, texts, toggle } from '../flag.ts';
import { parseCount } from '../options/count.ts';
import { parseMachine } from '../options/machine.ts';
import { createProgress, PROGRESS_MODES } from '../progress/index.ts';
import { count, formatSize, shortId } from '../render/human.ts';

const flags = {
  output: text('DIR', 'Install into DIR: bin/busybox and a link for each command', 'o'),
  context: text('DIR', 'Make a build context in DIR, as "plinth new minios" does'),
  tag: texts('NAME[:TAG]', 'Make an image (may be repeated)', 't'),
  checksum: text('sha256:HEX', 'What the tarball must have; an address needs it'),
  static: toggle('Link the C library in (the default)'),
  dynamic: toggle('Link to the shared C library'),
  config: text('FILE', 'Begin with this configuration'),
  enable: texts('NAME', 'Switch an option on, and what it depends on (may be repeated)'),
  disable: texts('NAME', 'Switch an option off (may be repeated)'),
  applets: texts('LIST', 'Build only these commands: sh,ls,cat'),
  cross: text('PREFIX', 'Compile with PREFIXgcc: aarch64-linux-gnu-'),
  machine: parsedEach(parseMachine, { value: 'NAME=NUMBER', help: 'Name a machine that has no registered number' }),
  cc: text('NAME', 'Compile with NAME: musl-gcc, clang'),
  in: text('IMAGE', 'Compile in a container of IMAGE, which has the compiler'),
  jobs: parsed(parseCount, { value: 'N', help: 'Compile N files at once (default: one per processor)', short: 'j' }),
  log: text('FILE', 'Keep what is printed in FILE (default: beside the output)'),
  progress: choice(PROGRESS_MODES, { help: 'How to show progress, on stderr', initial: 'auto' }),
} as const;

export const command: Command = defineCommand({
  name: 'busybox build',
  usage: '[OPTIONS] [TARBALL|URL]',
  description: 'Build BusyBox from source as a directory, a build context or an image, for any processor.',
  notes: [
    "Without a source it is Debian's source package with Debian's patches, which apt-get fetches (no root needed).",
    "The configuration is BusyBox's own (make defconfig) with the options set; nothing is ever asked. What is known",
    'not to compile with the kernel headers or the compiler at hand is left out, and named.',
    'The same source, options and compiler give the same bytes.',
  ],
  flags,
  operands: { min: 0, max: 1 },
  async run(invocation, cli) {
    const request = parseRequest(invocation, cli);
    const progress = createProgress(invocation.flags.progress, cli);
    const sdk = await cli.sdk();
    try {
      const report = await sdk.buildBusyBox({ ...request, observe: progress.observe });
      progress.close();
      if (invocation.flags.progress !== 'json') cli.stderr.write(describe(report, invocation.flags));
      return 0;
    } finally {
      progress.close();
    }
  },
});

function parseRequest({ flags: given, operands: [source], root }: Invocation<typeof flags>, cli: Cli) {
  if (given.static && given.dynamic) throw usageError('usage-flag', 'read --static: it contradicts --dynamic');
  const applets = given.applets.flatMap((list) => list.split(',')).filter((name) => name !== '');
  if (applets.length > 0 && given.config !== undefined) {
    throw usageError('usage-flag', 'read --applets: it contradicts --config', 'Use --config with --enable.');
  }
  if (given.output === undefined && given.context === undefined && given.tag.length === 0) {
    throw usageError(
      'usage-flag',
      'read flags: nothing says where the result goes',
      'Add -o DIR, --context DIR or -t NAME.',
    );
  }
  const path = (name: string | undefined) => (name === undefined ? undefined : resolve(cli.cwd, name));
  const isAddress = source !== undefined && /^[a-z][a-z0-9+.-]*:\/\//i.test(source);
  const [directory, context] = [path(given.output), path(given.context)];
  const beside = directory ?? context;
  return {
    root,
    source: isAddress ? source : path(source),
    checksum: given.checksum,
    dynamic: given.dynamic,
    configFile: path(given.config),
    enable: given.enable,
    disable: given.disable,
    applets,
    cross: given.cross,
    machines: new Map(given.machine),
    compiler: given.cc,
    jobs: given.jobs,
    inImage: given.in,
    directory,
    context,
    names: given.tag,
    logFile: path(given.log) ?? (beside === undefined ? resolve(cli.cwd, 'busybox-build.log') : `${beside}.log`),
    signal: cli.interrupt,
  } satisfies BuildBusyBoxOptions;
}

type Given = Invocation<typeof flags>['flags'];

function describe(report: BusyBoxReport, { output, context, tag, progress }: Given): string {
  const { version, platform, sizeBytes, commands, origin, patches, imageId, logFile } = report;
  const patched = patches === 0 ? '' : ` with ${count(patches, 'patch').replace(/patchs$/, 'patches')}`;
  const places = [output, context, ...tag].filter((place) => place !== undefined);
  const id = imageId === undefined ? '' : ` (${shortId(imageId)})`;
  return [
    `built BusyBox${version === undefined ? '' : ` ${version}`} for ${platform}: ` +
      `${count(commands, 'command')}, ${formatSize(sizeBytes)}, from ${origin}${patched}`,
    // Other progress has shown it as a warning.
    ...(progress === 'quiet' ? report.leftOut : []).map(
      ({ options, reason }) => `left out ${options.join(', ')}: ${reason}`,
    ),
    `in ${places.join(', ')}${id}; log: ${logFile}`,
    ...(context === undefined ? [] : [`next: plinth build -t minios --platform ${platform} ${context}`]),
    '',
  ].join('\n');
}

import { isPlinthError, PlinthError } from '../../errors/index.ts';
import type { RunOptions } from '../../sdk/index.ts';
import type { Cli } from '../cli.ts';
import { type Command, defineCommand, type Invocation } from '../command.ts';
import { usageError } from '../error.ts';
import { choice, text, texts, toggle, within } from '../flag.ts';
import { readTextFile } from '../input-file.ts';
import { type KeyValue, parseEnvFile, parseVariables } from '../options/key-value.ts';
import { parseVolume } from '../options/volume.ts';

const flags = {
  rm: toggle('Remove the container when it has ended'),
  name: text('NAME', 'Name the container'),
  env: texts('KEY[=VALUE]', 'Set a variable; without a value it is taken from the environment', 'e'),
  'env-file': texts('FILE', 'Set the variables in FILE, one KEY=VALUE a line'),
  workdir: text('DIR', 'Start in this directory', 'w'),
  user: text('USER[:GROUP]', 'Run as this user', 'u'),
  entrypoint: text('COMMAND', "Replace the image's entrypoint; '' takes it away"),
  network: choice(['host', 'none'], { help: 'The network of the container', initial: 'host' }),
  volume: texts('SRC:DST[:ro]', 'Show a directory or file of this machine in the container', 'v'),
  interactive: toggle('Connect standard input', 'i'),
  tty: toggle('Give the command a terminal', 't'),
  hostname: text('NAME', 'Set the host name', 'h'),
  'read-only': toggle('Make the root file system read-only'),
  'cap-add': texts('CAPABILITY', 'Add a capability'),
  'cap-drop': texts('CAPABILITY', 'Take a capability away'),
} as const;

export const command: Command = defineCommand({
  name: 'run',
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  description: 'Run a command in a new container.',
  notes: [
    "The exit status is the command's; 125 if the container could not be started, 126 if the command cannot be",
    'executed, 127 if it was not found, 128 + N if signal N ended it.',
  ],
  flags,
  operands: { min: 1 },
  stopAtOperand: true,
  failureStatus: 125,
  async run(invocation, cli) {
    const request = parseRequest(invocation, cli);
    const sdk = await cli.sdk();
    try {
      return (await sdk.runContainer(request)).status;
    } catch (error) {
      throw withExitStatus(error);
    }
  },
});

/** What the container is told of when we are. A terminal tells it of its size in its own way. */
const PASSED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/** A command that could not be started has an exit status of its own. */
function withExitStatus(error: unknown): unknown {
  if (!isPlinthError(error) || typeof error.details.status !== 'number') return error;
  const { message, code, hint, details } = error;
  return new PlinthError(message, { code, hint, details: { ...details, exitStatus: details.status }, cause: error });
}

function parseRequest({ flags: given, operands, root }: Invocation<typeof flags>, cli: Cli): RunOptions {
  const [image = '', ...args] = operands;
  if (given.tty && given.interactive && !cli.stdinIsTerminal) {
    throw usageError('usage-flag', 'read --tty: standard input is not a terminal', 'Use -i without -t.');
  }
  return {
    root,
    image,
    args,
    remove: given.rm,
    name: given.name,
    env: Object.fromEntries(parseEnvironment(given, cli)),
    workdir: given.workdir,
    user: given.user,
    entrypoint: given.entrypoint,
    network: given.network,
    volumes: given.volume.map((volume) => within('--volume', () => parseVolume(volume, cli.cwd))),
    interactive: given.interactive,
    terminal: given.tty,
    hostname: given.hostname,
    readOnly: given['read-only'],
    capAdd: given['cap-add'],
    capDrop: given['cap-drop'],
    passSignals: given.tty ? PASSED_SIGNALS : [...PASSED_SIGNALS, 'SIGWINCH'],
  };
}

/** As in Docker, what `-e` says counts more than a file, and a later one more than an earlier one. */
function parseEnvironment(given: Invocation<typeof flags>['flags'], cli: Cli): KeyValue[] {
  const files = given['env-file'].flatMap((file) =>
    within(`--env-file ${file}`, () => parseEnvFile(readTextFile(file, cli.cwd), cli.env)),
  );
  const variables = within('--env', () => parseVariables(given.env, cli.env));
  return [...files, ...variables];
}

import { PlinthError } from '../errors/index.ts';
import type { ContainerErrorCode } from './error.ts';

/** The parts of an image's config that say what a container runs. */
export interface CommandConfig {
  readonly Entrypoint?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
}

/**
 * The command line of a container, by Docker's rules: the entrypoint, then the arguments given, else the image's CMD.
 * An entrypoint that was given replaces both of the image's; an empty one leaves only the arguments.
 *
 * @throws PlinthError `command-missing`
 */
export function containerCommand(
  config: CommandConfig,
  given: { readonly entrypoint?: string | undefined; readonly args: readonly string[] },
): string[] {
  const args = commandParts(config, given);
  if (args.length > 0 && args[0] !== '') return args;
  throw new PlinthError<ContainerErrorCode>('start container: no command, neither given nor in the image', {
    code: 'command-missing',
    hint: 'Give one after the image, or set CMD or ENTRYPOINT in the Dockerfile.',
  });
}

function commandParts(
  config: CommandConfig,
  given: { readonly entrypoint?: string | undefined; readonly args: readonly string[] },
): string[] {
  if (given.entrypoint !== undefined) return [...(given.entrypoint === '' ? [] : [given.entrypoint]), ...given.args];
  const args = given.args.length > 0 ? given.args : (config.Cmd ?? []);
  return [...(config.Entrypoint ?? []), ...args];
}

/** The search path of a container whose image sets none, as Docker has it. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Merges lists of `KEY=value`: later ones win, and each key stays where it first stood. */
export function mergeEnv(...lists: readonly (readonly string[])[]): string[] {
  const merged = new Map<string, string>();
  for (const entry of lists.flat()) merged.set(entry.slice(0, separator(entry)), entry);
  return [...merged.values()];
}

function separator(entry: string): number {
  const at = entry.indexOf('=');
  return at < 0 ? entry.length : at;
}

import type { Dockerfile } from './dockerfile.ts';
import { expandInstruction } from './expand-instruction.ts';
import type { Environment } from './expansion.ts';

/** Build arguments that need no ARG: they are in the environment of RUN, but neither in the image nor in its history. */
export const PREDEFINED_ARGS: ReadonlySet<string> = new Set(
  ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
);

/** What an image or a machine is for, as far as ARG tells it. */
export interface ArgPlatform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
}

/** The arguments that FROM lines see without ARG, and a stage after an `ARG name` without default. */
export function platformArgs(build: ArgPlatform, target: ArgPlatform): Map<string, string> {
  return new Map([...onePlatformArgs('BUILD', build), ...onePlatformArgs('TARGET', target)]);
}

function onePlatformArgs(prefix: string, { os, architecture, variant }: ArgPlatform): [string, string][] {
  return [
    [`${prefix}PLATFORM`, [os, architecture, ...(variant ? [variant] : [])].join('/')],
    [`${prefix}OS`, os],
    [`${prefix}ARCH`, architecture],
    [`${prefix}VARIANT`, variant ?? ''],
  ];
}

/**
 * The variables that FROM lines may use: the platform's, and every global ARG with its value from `buildArgs` or its
 * default, which may use those before it. An ARG with neither is unset.
 *
 * @throws PlinthError `dockerfile-expansion-invalid`, … with the place
 */
export function resolveGlobalArgs(
  dockerfile: Dockerfile,
  buildArgs: Environment,
  platform: Environment,
): Map<string, string> {
  const scope = new Map(platform);
  for (const name of platform.keys()) setDefined(scope, name, buildArgs.get(name));
  for (const instruction of dockerfile.globalArgs) {
    for (const definition of instruction.args) {
      const given = buildArgs.get(definition.name);
      const alone = { ...instruction, args: [definition] };
      const value = given ?? expandInstruction(alone, scope, dockerfile.escape).args[0]?.value;
      setDefined(scope, definition.name, value);
    }
  }
  return scope;
}

function setDefined(scope: Map<string, string>, name: string, value: string | undefined): void {
  if (value !== undefined) scope.set(name, value);
}

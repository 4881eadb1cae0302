import { statSync } from 'node:fs';
import { encodeText } from '../bytes/index.ts';
import { accountFiles, resolveAccount } from '../container/index.ts';
import { diagnose, type Finding, type PatientAccount, type PatientFacts, type PatientSource } from '../doctor/index.ts';
import { MachineTable } from '../elf/index.ts';
import { isPlinthError, PlinthError } from '../errors/index.ts';
import { formatPlatform, type Platform, type ProcessConfig } from '../oci/index.ts';
import type { Tree } from '../tree/index.ts';
import type { SdkErrorCode } from './error.ts';
import { readHostFacts } from './host-facts.ts';
import { type RootSource, withRoot } from './root-source.ts';
import type { Common } from './session.ts';

export interface ExamineOptions extends Common {
  /** A directory, an image of the store, an archive of one, or a tar. */
  readonly source: string;
  /** What is to be started: for an image it replaces CMD, as with `run`; a directory's is /sbin/init or /bin/sh if not given. */
  readonly command?: readonly string[];
  /** Also what a machine needs that boots from it. */
  readonly vm?: boolean;
  /** Machines without a registered number, by name (`sw64`, 0x9916). */
  readonly machines?: ReadonlyMap<string, number>;
  readonly signal?: AbortSignal;
}

/** What was found, the worst first. */
export interface DoctorReport {
  readonly source: string;
  readonly kind: PatientSource['kind'];
  /** What would be started. */
  readonly command: readonly string[];
  /** What an image is for. */
  readonly platform?: string;
  readonly findings: readonly Finding[];
}

/**
 * Finds what would keep an image from starting, or from working once it has started, with what to do about it. Nothing
 * is run: programs may be for any machine, and files may be damaged.
 *
 * @throws PlinthError `doctor-command-missing`, `disk-source-invalid`, `image-not-found`, and those of `archive/`, `tree/`
 *   and `host/`
 */
export function examine(options: ExamineOptions): Promise<DoctorReport> {
  const { root, source, command = [], vm = false, machines, signal } = options;
  return withRoot({ root, source, signal }, (place) => {
    const from = sourceOf(place, source);
    const config = place.image?.stored.config.config ?? (place.image === undefined ? undefined : {});
    const words =
      command.length > 0 ? wordsOf(config, command) : config === undefined ? usualCommand(place.tree, vm) : undefined;
    if (words === undefined && config === undefined && !vm) throw noCommand(source);
    const facts = patientFacts({ tree: place.tree, source: from, config, platform: place.platform, command: words });
    return {
      source,
      kind: from.kind,
      command: words ?? [...(config?.Entrypoint ?? []), ...(config?.Cmd ?? [])],
      ...(place.platform === undefined ? {} : { platform: formatPlatform(place.platform) }),
      findings: diagnose({ ...facts, vm, machines: new MachineTable(machines) }),
    };
  });
}

function sourceOf({ image }: RootSource, source: string): PatientSource {
  if (image !== undefined) return { kind: 'image', name: image.name };
  return statSync(source).isDirectory() ? { kind: 'directory', path: source } : { kind: 'tar' };
}

/** The facts that the doctor looks at, with those of this machine. */
export function patientFacts(
  facts: Omit<PatientFacts, 'account' | 'host'> & { readonly platform: Platform | undefined },
): PatientFacts {
  return { ...facts, account: accountOf(facts.tree, facts.config?.User ?? ''), host: readHostFacts() };
}

function accountOf(tree: Tree, user: string): PatientAccount | undefined {
  try {
    return resolveAccount(accountFiles(tree), user);
  } catch (error) {
    if (isPlinthError(error)) return undefined;
    throw error;
  }
}

/** As with `run`: the entrypoint stays. */
function wordsOf(config: ProcessConfig | undefined, command: readonly string[]): readonly string[] {
  return [...(config?.Entrypoint ?? []), ...command];
}

function usualCommand(tree: Tree, vm: boolean): readonly string[] | undefined {
  const [program] = ['/sbin/init', '/bin/sh'].filter((path) => tree.resolve(encodeText(path), { followLast: false }));
  return program === undefined || vm ? undefined : [program];
}

function noCommand(source: string): PlinthError<SdkErrorCode> {
  return new PlinthError(`examine ${source}: nothing says what is to be started`, {
    code: 'doctor-command-missing',
    hint: `It has neither /sbin/init nor /bin/sh. Name the command: plinth doctor ${source} /path/to/program`,
    details: { path: source },
  });
}

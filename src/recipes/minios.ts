import { resolve } from 'node:path';
import { formatPlatform, hostPlatform, type Platform, parsePlatform } from '../oci/index.ts';
import { appletPath } from './applet-places.ts';
import { parseAppletList, readAppletTable } from './applet-table.ts';
import { type BusyBox, busyBoxArchitecture, busyBoxElf, busyBoxVersion, readBusyBox, unfitness } from './busybox.ts';
import { recipesError } from './error.ts';
import { findBusyBox } from './find-busybox.ts';
import { planMinios } from './minios-plan.ts';
import { processPowers, type RecipePowers } from './powers.ts';
import { checkDirectory, writeMinios } from './write-plan.ts';

/** What to make, and where. */
export interface MiniosOptions {
  /** Made if it is not there; must be empty or hold an earlier minios. */
  readonly directory: string;
  /** A BusyBox; undefined to look for one and else to fetch one. */
  readonly busybox?: string | undefined;
  /** `linux/arm64`; undefined for this machine's. */
  readonly platform?: string | undefined;
  /** Accept an unfit BusyBox, and a directory that is in use. */
  readonly force?: boolean | undefined;
  /** Told what was accepted only because of `force`. */
  readonly warn?: (message: string) => void;
}

/** What was made. */
export interface MiniosReport {
  readonly directory: string;
  /** Where the BusyBox came from: a path, or a package with its version. */
  readonly origin: string;
  readonly version: string | undefined;
  /** As `plinth build --platform` takes it. */
  readonly platform: string;
  /** Whether that is the platform of this machine. */
  readonly native: boolean;
  readonly commands: number;
}

/**
 * Makes the build context of a system from nothing: a static BusyBox, one link for each of its commands, the usual
 * directories, a minimal `/etc` and a Dockerfile. The same BusyBox gives the same files with the same times.
 *
 * @throws PlinthError `busybox-missing`, `busybox-not-elf`, `busybox-dynamic`, `busybox-foreign`,
 *   `busybox-applets-unknown`, `busybox-read-failed`, `minios-directory-used`, `minios-write-failed`, `platform-invalid`
 */
export async function newMinios(options: MiniosOptions, powers: RecipePowers = processPowers()): Promise<MiniosReport> {
  const directory = resolve(options.directory);
  const { force = false } = options;
  if (!force) checkDirectory(directory);
  const host = hostPlatform('linux', powers.nodeArch);
  const platform = options.platform === undefined ? host : parsePlatform(options.platform);
  const busybox = options.busybox === undefined ? await findBusyBox(platform, powers) : readBusyBox(options.busybox);
  checkFitness(busybox, platform, options);
  const architecture = busyBoxArchitecture(busyBoxElf(busybox));
  const applets = await listApplets(busybox, powers, architecture === host.architecture);
  const entries = planMinios(busybox.bytes, applets);
  writeMinios(directory, entries, busybox.mtimeSeconds);
  return {
    directory,
    origin: busybox.origin,
    version: busyBoxVersion(busybox),
    platform: formatPlatform(platform),
    native: platform.architecture === host.architecture,
    commands: applets.length,
  };
}

function checkFitness(busybox: BusyBox, platform: Platform, { force = false, warn }: MiniosOptions): void {
  const unfit = unfitness(busyBoxElf(busybox), platform);
  if (unfit === undefined) return;
  if (force) {
    warn?.(`BusyBox ${busybox.origin} is used although ${unfit.reason}`);
    return;
  }
  const foreign = unfit.code === 'busybox-foreign';
  throw recipesError(unfit.code, `check BusyBox ${busybox.origin}: ${unfit.reason}`, {
    hint: foreign
      ? 'Give the platform of the program with --platform, or add --force to use it as it is.'
      : 'Use a static BusyBox (Debian: the package busybox-static), or add --force to use this one as it is.',
    details: { path: busybox.origin },
  });
}

/** The paths of its commands: those it names itself, or for a program that cannot run here those in its table. */
async function listApplets(busybox: BusyBox, powers: RecipePowers, native: boolean): Promise<string[]> {
  if (native && busybox.path !== undefined) {
    const { status, stdout } = await powers.runProgram(busybox.path, ['--list-full']);
    const paths = status === 0 ? parseAppletList(stdout) : [];
    if (paths.length > 0) return paths;
  }
  const paths = readAppletTable(busybox.bytes).map(appletPath);
  if (paths.length > 0) return paths;
  throw recipesError(
    'busybox-applets-unknown',
    `read the commands of BusyBox ${busybox.origin}: there is no table of them in it`,
    {
      hint: 'Is this really a BusyBox? Try another one with --busybox PATH.',
      details: { path: busybox.origin },
    },
  );
}

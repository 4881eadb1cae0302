import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorFact } from '../../errors/index.ts';
import { recipesError } from '../error.ts';
import { type AppletOptions, parseAppletRows } from './applet-rows.ts';
import { SCRATCH } from './build-shell.ts';
import { type DotConfig, formatDotConfig, onlySwitches, parseDotConfig } from './dot-config.ts';
import { type Kconfig, readKconfig } from './kconfig.ts';
import type { Make, MakeResult } from './make.ts';
import { checkOptions, type OptionPlan, type OptionWishes, planOptions } from './plan-options.ts';

/** A configured source: what was asked for, and what is known of its options. */
export interface Configured {
  readonly kconfig: Kconfig;
  readonly applets: AppletOptions;
  readonly plan: OptionPlan;
  readonly settings: DotConfig;
}

export interface ConfigureOptions {
  readonly wishes: OptionWishes;
  /** A `.config` to begin with; else BusyBox's own, or for a list of applets an empty one. */
  readonly configFile?: string | undefined;
  /** Begins every command: `make`, its jobs and variables. */
  readonly words: readonly string[];
  /** Throws what a failed command means. */
  readonly fail: (result: MakeResult) => never;
}

/**
 * Configures the source: a first configuration, the wishes put into it, `make oldconfig` for what follows from them, and
 * a look at whether they stayed. Nothing is ever asked: there is no input and no terminal.
 *
 * @throws PlinthError `busybox-option-unknown`, `busybox-applet-unknown`, `busybox-option-refused`
 */
export async function configure(make: Make, options: ConfigureOptions): Promise<Configured> {
  const { wishes, configFile, fail } = options;
  // Also with a file of one's own: it makes the Config.in files, which the source does not have.
  const defaults = await configureAs(make, 'defconfig', options);
  const kconfig = readKconfig((path) => readSource(make, path));
  const applets = parseAppletRows(readSource(make, 'include/applets.h') ?? '');
  if (kconfig.size === 0 || applets.size === 0) fail({ status: 0, output: 'error: the source lists no options\n' });
  const own =
    configFile !== undefined
      ? parseDotConfig(readOwnFile(configFile))
      : wishes.applets.length > 0
        ? onlySwitches(await configureAs(make, 'allnoconfig', options))
        : new Map();
  // An option without a value would be asked for, and without input that is a failure.
  const base = new Map([...defaults, ...own]);
  const plan = planOptions(base, wishes, { kconfig, applets });
  const settings = await settle(make, plan.settings, options);
  checkOptions(settings, plan, kconfig);
  return { kconfig, applets, plan, settings };
}

async function configureAs(
  make: Make,
  target: 'defconfig' | 'allnoconfig',
  { words, fail }: Pick<ConfigureOptions, 'words' | 'fail'>,
): Promise<DotConfig> {
  const result = await make.run([...words, target]);
  if (result.status !== 0) fail(result);
  return readConfig(make);
}

/** Has BusyBox complete a configuration, and gives what came of it. */
export async function settle(
  make: Make,
  settings: DotConfig,
  { words, fail }: Pick<ConfigureOptions, 'words' | 'fail'>,
): Promise<DotConfig> {
  const path = join(make.scratch, SCRATCH.source, '.config');
  // Not through what the source may have put there: a link would lead elsewhere.
  rmSync(path, { force: true });
  writeFileSync(path, formatDotConfig(settings), { flag: 'wx' });
  const result = await make.run([...words, 'oldconfig']);
  if (result.status !== 0) fail(result);
  return readConfig(make);
}

function readConfig(make: Make): DotConfig {
  return parseDotConfig(readSource(make, '.config') ?? '');
}

function readSource({ scratch }: Make, path: string): string | undefined {
  if (path.startsWith('/') || path.split('/').includes('..')) return undefined;
  try {
    return readFileSync(join(scratch, SCRATCH.source, path), 'latin1');
  } catch {
    return undefined;
  }
}

function readOwnFile(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    throw recipesError('busybox-source-missing', `read configuration ${path}: ${errorFact(error)}`, { cause: error });
  }
}

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuildObserver } from '../../build/index.ts';
import { MachineTable } from '../../elf/index.ts';
import { materialisePaced } from '../../host/index.ts';
import { formatPlatform, type Platform } from '../../oci/index.ts';
import { parseAppletList } from '../applet-table.ts';
import { type BusyBox, busyBoxElf, busyBoxPlatform, busyBoxVersion, readBusyBox } from '../busybox.ts';
import { recipesError } from '../error.ts';
import { processPowers, type RecipePowers } from '../powers.ts';
import { BuildLog } from './build-log.ts';
import { BuildProgress, type StepReport } from './build-progress.ts';
import { type BuildShell, hostShell, SCRATCH } from './build-shell.ts';
import { buildVariables } from './build-variables.ts';
import { type Configured, configure, settle } from './configure.ts';
import { checkSourceWish, fetchSource, type Source, type SourceWish } from './fetch-source.ts';
import { findFirstError } from './first-error.ts';
import { findKnownBreak, type KnownBreak } from './known-breaks.ts';
import { createMake, type Make, type MakeResult } from './make.ts';
import { errorHint, type Toolchain } from './packages.ts';
import type { OptionWishes } from './plan-options.ts';
import { checkToolchain, chooseToolchain, makeWords, needsKernelHeaders, type ToolchainWish } from './toolchain.ts';

/** What to build, from what, and with what. */
export interface BusyBoxBuildOptions extends SourceWish, ToolchainWish, OptionWishes {
  /** A configuration to begin with; absent: BusyBox's own, or with `applets` an empty one. */
  readonly configFile?: string | undefined;
  /** Machines without a registered number, by name (`sw64`, 0x9916). */
  readonly machines?: ReadonlyMap<string, number> | undefined;
  /** Where all that the programs print is kept. */
  readonly logFile: string;
  /** In seconds: the time that the program shows; absent: the newest in the source. */
  readonly sourceDateEpoch?: number | undefined;
  /** Where the programs run, for a scratch directory of this machine; absent: here. */
  readonly shell?: ((scratch: string) => Promise<BuildShell> | BuildShell) | undefined;
  readonly observe?: BuildObserver | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A BusyBox that was built. */
export interface BuiltBusyBox {
  readonly program: BusyBox;
  /** The paths of its commands, from the root. */
  readonly applets: readonly string[];
  readonly version: string | undefined;
  readonly platform: Platform;
  readonly source: Pick<Source, 'origin' | 'patches'>;
  /** What was left out because it does not compile here. */
  readonly leftOut: readonly KnownBreak[];
}

const STEPS = 5;

/**
 * Builds BusyBox from source, in a directory of its own that is removed afterwards. The same source, options and
 * compiler give the same bytes, wherever and whenever.
 *
 * @throws PlinthError of `recipes/` that begin with `busybox-`; the signal's reason
 */
export async function buildBusyBox(
  options: BusyBoxBuildOptions,
  powers: RecipePowers = processPowers(),
): Promise<BuiltBusyBox> {
  checkSourceWish(options);
  const toolchain = chooseToolchain(options);
  const scratch = mkdtempSync(join(tmpdir(), 'plinth-busybox-'));
  try {
    using log = new BuildLog(scratch, options.logFile);
    return await new Build({ options, toolchain, scratch, log, powers }).run();
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

interface Setting {
  readonly options: BusyBoxBuildOptions;
  readonly toolchain: Toolchain;
  readonly scratch: string;
  readonly log: BuildLog;
  readonly powers: RecipePowers;
}

class Build {
  readonly #setting: Setting;
  readonly #progress: BuildProgress;
  readonly #leftOut: KnownBreak[] = [];
  #place = '';

  constructor(setting: Setting) {
    this.#setting = setting;
    this.#progress = new BuildProgress(setting.options.observe ?? (() => {}), STEPS);
  }

  async run(): Promise<BuiltBusyBox> {
    const { options, toolchain, scratch, powers, log } = this.#setting;
    const { signal } = options;
    const from = options.source ?? "Debian's source package";
    const source = await this.#progress.step(`fetch ${from}`, (report) =>
      fetchSource(options, { scratch, powers, report, signal }),
    );
    log.note(`source: ${source.origin}, ${source.patches} patches`);
    await this.#progress.step('unpack', async () => {
      mkdirSync(join(scratch, SCRATCH.source));
      const stop = signal === undefined ? {} : { signal };
      await materialisePaced(source.tree, join(scratch, SCRATCH.source), { owners: 'squash', ...stop });
    });
    const shell = (await options.shell?.(scratch)) ?? hostShell(scratch, powers.env.PATH ?? '/usr/bin:/bin');
    this.#place = shell.place;
    const make = await this.#progress.step(`check ${toolchain.compiler} ${shell.place}`, async () => {
      const env = buildVariables({ source, shell, sourceDateEpoch: options.sourceDateEpoch });
      const plain = createMake({ scratch, shell, log, env, signal });
      const made = createMake({ scratch, shell, log, env: await withFlags(env, plain, { toolchain, shell }), signal });
      await checkToolchain(made, shell, { toolchain, isStatic: options.isStatic });
      return made;
    });
    const words = makeWords(toolchain, options);
    const fail = (result: MakeResult): never => this.#fail(result);
    const { configFile, ...wishes } = options;
    const configured = await this.#progress.step('configure', () =>
      configure(make, { wishes, configFile, words, fail }),
    );
    await this.#progress.step('compile', (report) => this.#compile(make, { configured, words, report }));
    return this.#collect(source);
  }

  /** Compiles; what is known not to compile here is left out, and the rest compiled. */
  async #compile(
    make: Make,
    { configured, words, report }: { configured: Configured; words: readonly string[]; report: StepReport },
  ): Promise<void> {
    const { plan } = configured;
    let { settings } = configured;
    const fail = (result: MakeResult): never => this.#fail(result);
    for (;;) {
      const result = await make.run([...words, 'busybox', 'busybox.links'], (bytes) => report.output(bytes));
      if (result.status === 0) return;
      const error = findFirstError(result.output);
      const known = error && findKnownBreak(error);
      const off = known?.options.filter((name) => settings.get(name) === 'y') ?? [];
      if (known === undefined || off.length === 0) return fail(result);
      if (off.some((name) => plan.asked.get(name) === 'y')) return this.#fail(result, known.reason);
      this.#leftOut.push({ ...known, options: off });
      this.#progress.warn(`left out ${off.join(', ')}: ${known.reason}`);
      settings = await settle(make, new Map([...settings, ...off.map((name) => [name, 'n'] as const)]), {
        words,
        fail,
      });
    }
  }

  #collect({ origin, patches, epochSeconds }: Source): BuiltBusyBox {
    const { options, scratch } = this.#setting;
    const directory = join(scratch, SCRATCH.source);
    const made = readBusyBox(join(directory, 'busybox'));
    const mtimeSeconds = options.sourceDateEpoch ?? epochSeconds;
    const program = { bytes: made.bytes, mtimeSeconds, origin, path: undefined };
    const elf = busyBoxElf(program);
    if (options.isStatic && (elf.interpreter !== undefined || elf.needed.length > 0)) {
      const fact = `it is dynamic: it needs ${[elf.interpreter, ...elf.needed].join(', ')}`;
      throw this.#failure(`link BusyBox: ${fact}`, 'The compiler ignores -static; try another with --cc.');
    }
    const applets = parseAppletList(readFileSync(join(directory, 'busybox.links'), 'latin1').replace(/^\//gm, ''));
    const names = new Set([...applets.map((path) => path.slice(path.lastIndexOf('/') + 1)), 'busybox']);
    const absent = options.applets.filter((name) => !names.has(name));
    if (absent.length > 0 || applets.length === 0) {
      const fact = `it was built without ${absent.length > 0 ? absent.join(', ') : 'any'}`;
      throw this.#failure(`build applets: ${fact}`, 'Say with --enable which options make them.');
    }
    const platform = busyBoxPlatform(elf, new MachineTable(options.machines));
    this.#setting.log.note(`made BusyBox for ${formatPlatform(platform)}, ${program.bytes.length} bytes`);
    const facts = { program, applets, version: busyBoxVersion(program), platform };
    return { ...facts, source: { origin, patches }, leftOut: this.#leftOut };
  }

  #fail({ output, status }: MakeResult, reason?: string): never {
    const error = findFirstError(output);
    const { toolchain } = this.#setting;
    const place = error?.place === undefined ? '' : `${error.place.file}:${error.place.line}: `;
    const fact = error === undefined ? `make ended with status ${status}` : `${place}${error.message}`;
    const known = reason === undefined ? undefined : `Leave it out: ${reason}.`;
    throw this.#failure(`build BusyBox: ${fact}`, known ?? (error && errorHint(error, toolchain, this.#place)));
  }

  #failure(message: string, hint: string | undefined): Error {
    const { path } = this.#setting.log;
    const where = `The whole log is ${path}.`;
    return recipesError('busybox-build-failed', message, {
      hint: hint === undefined ? where : `${hint} ${where}`,
      details: { log: path },
    });
  }
}

/** The variables with the flags for the compiler that it knows. */
async function withFlags(
  env: Readonly<Record<string, string>>,
  { run }: Make,
  { toolchain, shell }: { readonly toolchain: Toolchain; readonly shell: BuildShell },
): Promise<Record<string, string>> {
  const map = `-ffile-prefix-map=${shell.directory}/${SCRATCH.source}=/busybox`;
  const probe = await run(['sh', '-c', '"$0" "$1" -E -x c /dev/null >/dev/null 2>&1', toolchain.compiler, map]);
  const headers = needsKernelHeaders(toolchain) ? [`-idirafter ${shell.directory}/${SCRATCH.headers}`] : [];
  return { ...env, CFLAGS: [...(probe.status === 0 ? [map] : []), ...headers].join(' ') };
}

import { resolve } from 'node:path';
import { type BuildObserver, build } from '../build/index.ts';
import { PlinthError } from '../errors/index.ts';
import { formatPlatform } from '../oci/index.ts';
import {
  type BuiltBusyBox,
  buildBusyBox as buildFromSource,
  checkDirectory,
  checkInstallDirectory,
  entriesTree,
  planInstalled,
  planMinios,
  writeMinios,
  writePlan,
} from '../recipes/index.ts';
import { imageShell } from './busybox-in-image.ts';
import type { SdkErrorCode } from './error.ts';
import { type Common, withStore } from './session.ts';
import { sourceDateEpoch } from './source-date-epoch.ts';

export interface BuildBusyBoxOptions extends Common {
  /** The path of a release tarball, or its address with a checksum; absent: Debian's source package, by apt-get. */
  readonly source?: string | undefined;
  /** `sha256:…` of the tarball. */
  readonly checksum?: string | undefined;
  /** Absent: static. */
  readonly dynamic?: boolean;
  /** A configuration to begin with. */
  readonly configFile?: string | undefined;
  /** Options to switch on and off, with or without `CONFIG_`; what those that are on depend on is switched on, too. */
  readonly enable?: readonly string[];
  readonly disable?: readonly string[];
  /** Only these commands, without any feature that can be done without. */
  readonly applets?: readonly string[];
  /** The beginning of the names of a cross compiler's programs: `aarch64-linux-gnu-`. */
  readonly cross?: string | undefined;
  /** Machines without a registered number, by name (`sw64`, 0x9916). */
  readonly machines?: ReadonlyMap<string, number>;
  /** The C compiler: `musl-gcc`; absent: `gcc`. */
  readonly compiler?: string | undefined;
  /** Programs at once; absent: as many as there are processors. */
  readonly jobs?: number | undefined;
  /** An image of the store to compile in; absent: on this machine. */
  readonly inImage?: string | undefined;
  /** Where the installed tree goes: `bin/busybox` and links; empty or new. */
  readonly directory?: string | undefined;
  /** Where a build context goes as `plinth new minios` makes it. */
  readonly context?: string | undefined;
  /** Names of an image with the same in it. */
  readonly names?: readonly string[];
  /** Where all that the programs print is kept. */
  readonly logFile: string;
  /** In seconds; absent: `SOURCE_DATE_EPOCH`, else the newest time in the source. */
  readonly sourceDateEpoch?: number | undefined;
  readonly observe?: BuildObserver;
  readonly signal?: AbortSignal;
}

/** The BusyBox that was built. */
export interface BusyBoxReport {
  readonly version: string | undefined;
  /** Such as `linux/arm64`, from the program itself. */
  readonly platform: string;
  readonly sizeBytes: number;
  readonly commands: number;
  /** Where the source came from, and how many of Debian's patches were applied to it. */
  readonly origin: string;
  readonly patches: number;
  /** Options that were left out because they do not compile here, and why. */
  readonly leftOut: readonly { readonly options: readonly string[]; readonly reason: string }[];
  readonly logFile: string;
  /** The image's id, if one was asked for. */
  readonly imageId: string | undefined;
}

/**
 * Builds BusyBox from source, and writes it as a directory, a build context and an image, whichever are asked for. The
 * same source, options and compiler give the same bytes.
 *
 * @throws PlinthError of `recipes/` that begin with `busybox-` and `minios-`, `image-not-found`, `image-platform`,
 *   `platform-invalid`; the signal's reason
 */
export async function buildBusyBox(options: BuildBusyBoxOptions): Promise<BusyBoxReport> {
  const { inImage, root, dynamic = false, enable = [], disable = [], applets = [], signal } = options;
  const { directory, context, names = [] } = options;
  const needsAll = context !== undefined || names.length > 0;
  if (dynamic && needsAll) throw needsLibraries();
  if (directory !== undefined) checkInstallDirectory(resolve(directory));
  if (context !== undefined) checkDirectory(resolve(context));
  const shell = inImage === undefined ? undefined : (scratch: string) => imageShell({ root, image: inImage, scratch });
  const built = await buildFromSource({
    ...options,
    isStatic: !dynamic,
    enable,
    disable,
    applets,
    shell,
    logFile: resolve(options.logFile),
    sourceDateEpoch: options.sourceDateEpoch ?? sourceDateEpoch(),
  });
  signal?.throwIfAborted();
  const imageId = await writeOutputs(built, options);
  return {
    version: built.version,
    platform: formatPlatform(built.platform),
    sizeBytes: built.program.bytes.length,
    commands: built.applets.length,
    ...built.source,
    leftOut: built.leftOut.map(({ options: left, reason }) => ({ options: left, reason })),
    logFile: resolve(options.logFile),
    imageId,
  };
}

async function writeOutputs(
  built: BuiltBusyBox,
  { directory, context, names = [], ...options }: BuildBusyBoxOptions,
): Promise<string | undefined> {
  const { program, applets } = built;
  if (directory !== undefined) {
    writePlan(resolve(directory), planInstalled(program.bytes, applets), program.mtimeSeconds);
  }
  const entries = planMinios(program.bytes, applets);
  if (context !== undefined) writeMinios(resolve(context), entries, program.mtimeSeconds);
  if (names.length === 0) return undefined;
  const shell = applets.includes('bin/sh') ? '["/bin/sh"]' : '["/bin/busybox"]';
  return withStore(options, async (store) => {
    const { image } = await build(
      {
        context: entriesTree(
          entries.filter(({ path }) => path !== 'Dockerfile'),
          program.mtimeSeconds,
        ),
        dockerfile: { text: `FROM scratch\nADD ./ /\nCMD ${shell}\n` },
        names,
        platform: built.platform,
        signal: options.signal,
        sourceDateEpoch: program.mtimeSeconds,
      },
      { store },
    );
    return image.configDigest;
  });
}

function needsLibraries(): PlinthError<SdkErrorCode> {
  return new PlinthError('make a system of a dynamic BusyBox: the loader and the C library would be missing in it', {
    code: 'busybox-needs-libraries',
    hint: 'Leave --dynamic out, or write the program alone with -o DIR.',
  });
}

import { type BuildObserver, type BuildOutput, build } from '../build/index.ts';
import { decodeText, encodeText } from '../bytes/index.ts';
import { MachineTable } from '../elf/index.ts';
import { materialisePaced } from '../host/index.ts';
import { formatPlatform, hostPlatform } from '../oci/index.ts';
import { type PackPlan, packContext, packDockerfile, planPack } from '../recipes/index.ts';
import { parseImageName } from '../store/index.ts';
import { type RootSource, withRoot } from './root-source.ts';
import { type Common, withStore } from './session.ts';
import { sourceDateEpoch } from './source-date-epoch.ts';
import { checkChange } from './transfer.ts';

/** A file or directory to pack as well: absolute, or from `cwd`; to another place if `to` says one. */
export interface PackAddition {
  readonly path: string;
  readonly to?: string | undefined;
}

export interface PackOptions extends Common {
  /** Paths, or names that are looked for on PATH. Libraries will do, too. */
  readonly programs: readonly string[];
  /** A directory, an image of the store, an archive of one, or a tar; the root of this machine if not given. */
  readonly source?: string | undefined;
  /** PATH, and the working directory, where `source` does not say them. */
  readonly path?: string | undefined;
  readonly cwd?: string | undefined;
  readonly add?: readonly PackAddition[];
  /** The authorities that TLS programs trust. */
  readonly certificates?: boolean;
  readonly timezones?: boolean;
  /** The modules by which iconv(3) converts between character sets. */
  readonly charsets?: boolean;
  /** Machines that have no registered number, by their names. */
  readonly machines?: ReadonlyMap<string, number>;
  /** Instructions of a Dockerfile that only configure, after those that packing gives: CMD, ENTRYPOINT, ENV, … */
  readonly changes?: readonly string[];
  /** Names for the image. Without names, outputs and context nothing is made, the report only plans. */
  readonly names?: readonly string[];
  /** What to write beside the image in the store. */
  readonly outputs?: readonly BuildOutput[];
  /** A directory, empty or not there: the build context that makes the same tree goes there. */
  readonly context?: string | undefined;
  readonly sourceDateEpoch?: number | undefined;
  readonly observe?: BuildObserver;
  readonly signal?: AbortSignal;
}

/** What belongs together among what is packed. */
export interface PackPartReport {
  readonly name: string;
  readonly what: string;
  /** Of files; one that has several names counts once. */
  readonly sizeBytes: number;
  /** Absolute paths of files and links, in byte order. */
  readonly paths: readonly string[];
}

/** What was packed, or would be. */
export interface PackReport {
  readonly programs: readonly { readonly name: string; readonly path: string }[];
  /** Such as `linux/arm64`; undefined if no program is an ELF file. */
  readonly platform: string | undefined;
  /** Whether that is the platform of this machine, or not known. */
  readonly native: boolean;
  /** The largest first. */
  readonly parts: readonly PackPartReport[];
  readonly sizeBytes: number;
  readonly notes: readonly string[];
  /** The Dockerfile of the context. */
  readonly dockerfile: string;
  /** The image that was made; undefined if none was asked for. */
  readonly imageId: string | undefined;
}

/**
 * Packs programs and all they need into a new root file system: loaders, libraries and every link to them, modules of
 * interpreters, configuration, users. Each file comes to the place where it lay, and belongs to root. Nothing is run:
 * programs may be for any machine. The same source gives the same image.
 *
 * @throws PlinthError `pack-incomplete`, `pack-path-invalid`, `pack-differs`, `change-invalid`, `host-not-empty`,
 *   `disk-source-invalid`, `image-not-found`, and those of building
 */
export function packPrograms(options: PackOptions): Promise<PackReport> {
  const { root, source = '/', signal, names = [], changes = [] } = options;
  for (const name of names) parseImageName(name);
  const checked = changes.map(checkChange);
  return withRoot({ root, source, signal }, async (place) => {
    const plan = planFrom(place, options);
    const dockerfile = packDockerfile(plan, checked);
    const imageId = await deliver(plan, dockerfile, options);
    return { ...describe(plan), dockerfile, imageId };
  });
}

function planFrom(place: RootSource, options: PackOptions): PackPlan {
  const { programs, add = [], certificates, timezones, charsets, machines } = options;
  const own = options.path === undefined ? undefined : encodeText(options.path);
  return planPack(place.tree, {
    programs: programs.map(encodeText),
    add: add.map(({ path, to }) => ({ path: encodeText(path), to: to === undefined ? undefined : encodeText(to) })),
    path: place.path ?? own,
    cwd: options.cwd === undefined ? place.cwd : encodeText(options.cwd),
    certificates,
    timezones,
    charsets,
    machines: new MachineTable(machines),
  });
}

/** Writes the context and makes the image, as far as they are wanted; gives the id of the image. */
async function deliver(plan: PackPlan, dockerfile: string, options: PackOptions): Promise<string | undefined> {
  const { names = [], outputs = [], context: directory, observe, signal } = options;
  const context = packContext(plan, dockerfile);
  if (directory !== undefined) {
    const owners = process.geteuid?.() === 0 ? 'keep' : 'squash';
    await materialisePaced(context, directory, { owners, ...(signal === undefined ? {} : { signal }) });
  }
  if (names.length === 0 && outputs.length === 0) return undefined;
  return withStore(options, async (store) => {
    const { image } = await build(
      {
        context,
        names,
        outputs,
        platform: plan.platform,
        sourceDateEpoch: options.sourceDateEpoch ?? sourceDateEpoch(),
        signal,
      },
      { store, observe },
    );
    return image.configDigest;
  });
}

function describe({ programs, platform, parts, notes }: PackPlan): Omit<PackReport, 'dockerfile' | 'imageId'> {
  const here = hostPlatform(process.platform, process.arch);
  return {
    programs: programs.map(({ name, path }) => ({ name: decodeText(name), path: decodeText(path) })),
    platform: platform === undefined ? undefined : formatPlatform(platform),
    native: platform === undefined || platform.architecture === here.architecture,
    parts: parts.map(({ name, what, sizeBytes, paths }) => ({ name, what, sizeBytes, paths: paths.map(decodeText) })),
    sizeBytes: parts.reduce((sum, part) => sum + part.sizeBytes, 0),
    notes,
  };
}

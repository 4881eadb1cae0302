import type { DiffId } from '../bytes/index.ts';
import { definedMembers, sortedMembers } from './canonical-json.ts';
import { Fields, type JsonObject, parseJson } from './fields.ts';
import type { Platform } from './platform.ts';
import { type ProcessConfig, readProcessConfig } from './process-config.ts';

/** One step of an image's making (OCI image specification, config.md, history). */
export interface HistoryEntry {
  readonly created?: string;
  readonly created_by?: string;
  readonly author?: string;
  readonly comment?: string;
  /** Whether the step made no layer. */
  readonly empty_layer?: boolean;
}

/** The configuration of an image, member names as in the document (OCI image specification, config.md). */
export interface ImageConfig {
  /** RFC 3339. */
  readonly created?: string;
  readonly author?: string;
  readonly architecture: string;
  readonly os: string;
  readonly 'os.version'?: string;
  readonly 'os.features'?: readonly string[];
  readonly variant?: string;
  readonly config?: ProcessConfig;
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly DiffId[] };
  readonly history?: readonly HistoryEntry[];
  /** The whole document as it was read, with what we do not know of. Never written: {@link encodeImageConfig} ignores it. */
  readonly raw?: JsonObject;
}

/**
 * The configuration of an image, as Docker or an OCI tool wrote it.
 *
 * @throws PlinthError `document-invalid`, `document-too-large`, `digest-invalid`, `digest-unsupported`
 */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  const fields = new Fields(parseJson(bytes, 'image config'), 'image config');
  const config = fields.fields('config');
  return definedMembers<ImageConfig>({
    created: fields.string('created'),
    author: fields.string('author') || undefined,
    architecture: fields.requiredString('architecture'),
    os: fields.requiredString('os'),
    'os.version': fields.string('os.version') || undefined,
    'os.features': fields.strings('os.features'),
    variant: fields.string('variant') || undefined,
    config: config && readProcessConfig(config),
    rootfs: readRootfs(fields),
    history: fields.list('history')?.map(readHistoryEntry),
    raw: fields.object,
  });
}

function readRootfs(fields: Fields): ImageConfig['rootfs'] {
  const rootfs = fields.fields('rootfs');
  if (rootfs === undefined) throw fields.invalid('rootfs', 'an object');
  if (rootfs.string('type') !== 'layers') throw rootfs.invalid('type', '"layers"');
  const diffIds = rootfs.strings('diff_ids') ?? [];
  const checked = diffIds.map((diffId) => new Fields({ diffId }, 'image config', 'rootfs').digest('diffId') as DiffId);
  return { type: 'layers', diff_ids: checked };
}

function readHistoryEntry(fields: Fields): HistoryEntry {
  return definedMembers<HistoryEntry>({
    created: fields.string('created'),
    created_by: fields.string('created_by'),
    author: fields.string('author') || undefined,
    comment: fields.string('comment') || undefined,
    empty_layer: fields.boolean('empty_layer') || undefined,
  });
}

/** The platform that the image is for. */
export function platformOf(config: ImageConfig): Platform {
  return definedMembers<Platform>({
    architecture: config.architecture,
    os: config.os,
    'os.version': config['os.version'],
    'os.features': config['os.features'],
    variant: config.variant,
  });
}

/** The bytes of a configuration, members in the order in which Go programs write them; only those of {@link ImageConfig}. */
export function encodeImageConfig(config: ImageConfig): Buffer {
  return Buffer.from(
    JSON.stringify({
      created: config.created,
      author: config.author,
      ...platformOf(config),
      config: config.config && orderedProcessConfig(config.config),
      rootfs: { type: config.rootfs.type, diff_ids: config.rootfs.diff_ids },
      history: config.history?.map(({ created, created_by, author, comment, empty_layer }) => ({
        created,
        created_by,
        author,
        comment,
        empty_layer,
      })),
    }),
  );
}

function orderedProcessConfig(config: ProcessConfig): ProcessConfig {
  return definedMembers<ProcessConfig>({
    User: config.User,
    ExposedPorts: config.ExposedPorts && sortedMembers(config.ExposedPorts),
    Env: config.Env,
    Entrypoint: config.Entrypoint,
    Cmd: config.Cmd,
    Healthcheck: config.Healthcheck,
    ArgsEscaped: config.ArgsEscaped,
    Volumes: config.Volumes && sortedMembers(config.Volumes),
    WorkingDir: config.WorkingDir,
    OnBuild: config.OnBuild,
    Labels: config.Labels && sortedMembers(config.Labels),
    StopSignal: config.StopSignal,
    StopTimeout: config.StopTimeout,
    Shell: config.Shell,
  });
}

import { PlinthError } from '../errors/index.ts';
import type { KernelName } from './kernel.ts';
import type { RuntimeErrorCode } from './runtime-error.ts';
import type { MountSpec } from './spec.ts';

/** What the options of a mount ask for (OCI runtime specification, config.md, Linux mount options). */
export interface MountOptions {
  readonly bind: boolean;
  /** Also the mounts below a bind's source. */
  readonly recursive: boolean;
  /** `MOUNT_ATTR_…` of the mount. */
  readonly attributes: readonly KernelName[];
  /** The attributes hold for the mounts below too (`rro`). */
  readonly recursiveAttributes: boolean;
  /** For the file system itself: `size=64m`, `newinstance`. */
  readonly data: readonly (readonly [key: string, value: string | undefined])[];
}

const ATTRIBUTES: Readonly<Record<string, KernelName>> = {
  ro: 'MOUNT_ATTR_RDONLY',
  rro: 'MOUNT_ATTR_RDONLY',
  nosuid: 'MOUNT_ATTR_NOSUID',
  nodev: 'MOUNT_ATTR_NODEV',
  noexec: 'MOUNT_ATTR_NOEXEC',
  noatime: 'MOUNT_ATTR_NOATIME',
  nodiratime: 'MOUNT_ATTR_NODIRATIME',
  strictatime: 'MOUNT_ATTR_STRICTATIME',
  nosymfollow: 'MOUNT_ATTR_NOSYMFOLLOW',
};
/** What a new mount is without asking; private because the whole namespace is. */
const DEFAULTS = new Set(['rw', 'suid', 'dev', 'exec', 'relatime', 'atime', 'diratime', 'private', 'rprivate']);
const UNSUPPORTED = new Set(
  'shared rshared slave rslave unbindable runbindable idmap ridmap tmpcopyup remount rnosuid rnodev rnoexec'.split(' '),
);

/**
 * The options of `mount` by kind.
 *
 * @throws PlinthError `runtime-spec-unsupported`
 */
export function parseMountOptions(mount: MountSpec): MountOptions {
  const options = mount.options ?? [];
  const unsupported = options.find((option) => UNSUPPORTED.has(option));
  if (unsupported !== undefined) {
    throw new PlinthError<RuntimeErrorCode>(`mount ${mount.destination}: option ${unsupported} is not supported`, {
      code: 'runtime-spec-unsupported',
      details: { destination: mount.destination, option: unsupported },
    });
  }
  const known = new Set(['bind', 'rbind', ...DEFAULTS, ...Object.keys(ATTRIBUTES)]);
  return {
    bind: mount.type === 'bind' || options.includes('bind') || options.includes('rbind'),
    recursive: options.includes('rbind'),
    attributes: [...new Set(options.flatMap((option) => ATTRIBUTES[option] ?? []))],
    recursiveAttributes: options.includes('rro'),
    data: options.filter((option) => !known.has(option)).map(splitOption),
  };
}

function splitOption(option: string): readonly [string, string | undefined] {
  const equals = option.indexOf('=');
  return equals < 0 ? [option, undefined] : [option.slice(0, equals), option.slice(equals + 1)];
}

import { hostname as hostName } from 'node:os';
import { resolve } from 'node:path';
import { type BindMount, type NetworkMode, type RunImage, type RunReply, sandbox } from '../container/index.ts';
import { PlinthError } from '../errors/index.ts';
import { type Platform, type ProcessConfig, platformOf } from '../oci/index.ts';
import { DEFAULT_CAPABILITIES } from '../runtime/index.ts';
import type { Store } from '../store/index.ts';
import type { SdkErrorCode } from './error.ts';
import type { FailedStart } from './explain-start.ts';
import { foreignObstacle } from './foreign-platform.ts';
import { type Common, rootOf, withStore } from './session.ts';

export interface RunOptions extends Common {
  /** A name, an id or the beginning of one. */
  readonly image: string;
  /** Replace the image's CMD. */
  readonly args?: readonly string[];
  /** Replaces the image's entrypoint; the empty text takes it away. */
  readonly entrypoint?: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
  readonly workdir?: string | undefined;
  /** `name|uid[:group|gid]`. */
  readonly user?: string | undefined;
  /** `host` (the default): the host's own network; `none`: only a loopback. */
  readonly network?: NetworkMode;
  readonly volumes?: readonly BindMount[];
  readonly name?: string | undefined;
  readonly hostname?: string | undefined;
  /** Removes the container when it has ended. */
  readonly remove?: boolean;
  /** Gives the container our standard input; otherwise it has none. */
  readonly interactive?: boolean;
  /** Gives the command a terminal, shown on ours. */
  readonly terminal?: boolean;
  readonly readOnly?: boolean;
  /** Lets setuid programs in the container gain privileges; off by default. */
  readonly newPrivileges?: boolean;
  /** Capabilities with or without `CAP_`, in any case, or `ALL`. */
  readonly capAdd?: readonly string[];
  readonly capDrop?: readonly string[];
  /** Signals that come to this process and are passed on to the container. None by default: they are the caller's. */
  readonly passSignals?: readonly NodeJS.Signals[];
  readonly signal?: AbortSignal;
}

/**
 * Makes a container of an image and runs a command in it in the foreground, on the standard streams of this process.
 *
 * @returns the exit status of the command, 128+n if signal n ended it
 * @throws PlinthError of `store/` (no such image), `container/`, `runtime/` (`exec-not-found` and the like)
 */
export async function runContainer(options: RunOptions): Promise<RunReply> {
  const image = await withStore(options, (store) => findRunImage(store, options.image));
  const { args = [], env = {}, network = 'host', volumes = [], passSignals = [] } = options;
  const running = sandbox(rootOf(options)).runContainer(
    {
      image,
      args,
      entrypoint: options.entrypoint,
      env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
      cwd: options.workdir,
      user: options.user,
      hostname: options.hostname ?? (network === 'host' ? hostName() : ''),
      network,
      binds: volumes.map((volume) => ({ ...volume, source: resolve(volume.source) })),
      name: options.name,
      remove: options.remove ?? false,
      interactive: options.interactive ?? false,
      terminal: options.terminal ?? false,
      readOnlyRoot: options.readOnly ?? false,
      noNewPrivileges: !(options.newPrivileges ?? false),
      capabilities: capabilities(options),
    },
    {
      signal: options.signal,
      onStart: (pass) => passOn(passSignals, pass),
    },
  );
  return running.catch(async (error: unknown) => {
    // Loaded only now: a start that succeeds needs none of it.
    const { explainedError } = await import('./explain-start.ts');
    throw await explainedError(error, failedStart(image, options));
  });
}

/** What was to be started, for an explanation after it failed. */
function failedStart({ name, diffIds, config, platform }: FoundImage, options: RunOptions): FailedStart {
  const { root, args = [], env = {}, entrypoint, user, workdir, volumes = [] } = options;
  const given = entrypoint ?? '';
  const words = [...(entrypoint === undefined ? (config.Entrypoint ?? []) : given === '' ? [] : [given])];
  words.push(...(args.length > 0 ? args : entrypoint === undefined ? (config.Cmd ?? []) : []));
  const Env = [...(config.Env ?? []), ...Object.entries(env).map(([key, value]) => `${key}=${value}`)];
  const changed = { ...config, Env, User: user ?? config.User ?? '', WorkingDir: workdir ?? config.WorkingDir ?? '/' };
  return {
    root,
    layers: diffIds,
    image: name,
    platform,
    config: changed,
    words,
    mounted: volumes.map(({ target }) => target),
  };
}

interface FoundImage extends RunImage {
  readonly config: ProcessConfig;
  readonly platform: Platform;
}

/** The image called `name`, if its programs can run here. @throws PlinthError `image-not-found`, `image-platform` */
export function findRunImage(store: Store, name: string): FoundImage {
  const { configDigest, config } = store.images.find(name);
  const { os, architecture } = store.platform;
  const isForeign = config.os !== os || config.architecture !== architecture;
  const obstacle = isForeign ? foreignObstacle(config) : undefined;
  if (obstacle !== undefined) {
    throw new PlinthError<SdkErrorCode>(
      `run ${name}: the image is for ${config.os}/${config.architecture}, this machine is ${os}/${architecture}, and ${obstacle.reason}`,
      { code: 'image-platform', hint: obstacle.hint },
    );
  }
  const platform = platformOf(config);
  return { name, id: configDigest, diffIds: config.rootfs.diff_ids, config: config.config ?? {}, platform };
}

function passOn(signals: readonly NodeJS.Signals[], pass: (signal: NodeJS.Signals) => void): () => void {
  const listeners = signals.map((signal) => ({ signal, listener: () => pass(signal) }));
  for (const { signal, listener } of listeners) process.on(signal, listener);
  return () => {
    for (const { signal, listener } of listeners) process.off(signal, listener);
  };
}

/** Names of all capabilities (capabilities(7)), in the order of their numbers. */
const ALL_CAPABILITIES = (
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE ' +
  'NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN ' +
  'SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE ' +
  'MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'
)
  .split(' ')
  .map((name) => `CAP_${name}`);

/** Docker's rule: `ALL` among the dropped clears the default set, among the added fills it; single names come last. */
function capabilities({ capAdd = [], capDrop = [] }: RunOptions): string[] {
  const add = capAdd.map(capabilityName);
  const drop = capDrop.map(capabilityName);
  const base = add.includes('ALL') ? ALL_CAPABILITIES : drop.includes('ALL') ? [] : DEFAULT_CAPABILITIES;
  const kept = base.filter((name) => !drop.includes(name));
  return [...new Set([...kept, ...add.filter((name) => name !== 'ALL')])];
}

function capabilityName(text: string): string {
  const upper = text.toUpperCase();
  if (upper === 'ALL') return upper;
  const name = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  if (ALL_CAPABILITIES.includes(name)) return name;
  throw new PlinthError<SdkErrorCode>(`set capabilities: ${JSON.stringify(text)} is not a capability`, {
    code: 'capability-unknown',
    hint: 'See capabilities(7); ALL means all of them.',
  });
}

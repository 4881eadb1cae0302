import type { RuntimeSpec } from '../runtime/index.ts';
import type { Account } from './account.ts';
import type { BindMount } from './bind-mount.ts';
import { DEFAULT_PATH, mergeEnv } from './command.ts';
import type { NetworkFiles, NetworkMode } from './network-file.ts';

/** All that decides what a container's process sees. */
export interface ContainerSetup {
  readonly args: readonly string[];
  /** The image's environment, then what was given. */
  readonly env: readonly string[];
  readonly cwd: string;
  readonly account: Account;
  readonly hostname: string;
  readonly network: NetworkMode;
  readonly networkFiles: NetworkFiles;
  readonly binds: readonly BindMount[];
  readonly terminal: boolean;
  readonly readOnlyRoot: boolean;
  readonly noNewPrivileges: boolean;
  /** Capabilities of the process, by name with `CAP_`. */
  readonly capabilities: readonly string[];
  /** Where the root file system will be mounted, or lies. */
  readonly rootPath: string;
  /** False inside a user namespace whose only ids are the user's own. */
  readonly hasSubordinateIds: boolean;
}

/** What a container may do unless told otherwise: Docker's default set (capabilities(7)). */
export const DEFAULT_CAPABILITIES: readonly string[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FSETID',
  'CAP_FOWNER',
  'CAP_MKNOD',
  'CAP_NET_RAW',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETFCAP',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_CHROOT',
  'CAP_KILL',
  'CAP_AUDIT_WRITE',
];

/** The runtime specification's `config.json` for a container. */
export function containerSpec(setup: ContainerSetup): RuntimeSpec {
  const { account, terminal, cwd } = setup;
  const asRoot = account.uid === 0;
  const capabilities = [...setup.capabilities];
  return {
    ociVersion: '1.2.0',
    process: {
      terminal,
      user: { uid: account.uid, gid: account.gid, additionalGids: [...account.additionalGids] },
      args: [...setup.args],
      env: processEnv(setup),
      cwd: cwd === '' ? '/' : cwd,
      capabilities: {
        bounding: capabilities,
        effective: asRoot ? capabilities : [],
        permitted: asRoot ? capabilities : [],
      },
      noNewPrivileges: setup.noNewPrivileges,
    },
    root: { path: setup.rootPath, readonly: setup.readOnlyRoot },
    hostname: setup.hostname,
    mounts: [
      ...[...setup.networkFiles].map(([destination, source]) => ({
        destination,
        source,
        type: 'bind',
        options: ['rbind', 'rprivate'],
      })),
      ...setup.binds.map(({ source, target, readOnly }) => ({
        destination: target,
        source,
        type: 'bind',
        options: ['rbind', 'rprivate', readOnly ? 'ro' : 'rw'],
      })),
    ],
    linux: {
      namespaces: [
        { type: 'mount' },
        { type: 'pid' },
        { type: 'ipc' },
        { type: 'uts' },
        ...(setup.network === 'none' ? ([{ type: 'network' }] as const) : []),
      ],
    },
  };
}

function processEnv({ env, hostname, terminal, account }: ContainerSetup): string[] {
  const defaults = [`PATH=${DEFAULT_PATH}`, `HOSTNAME=${hostname}`, ...(terminal ? ['TERM=xterm'] : [])];
  return mergeEnv(defaults, [`HOME=${account.home}`], env);
}

import { defaultSpec, hostMachine, type MountSpec, type RuntimeSpec } from '../runtime/index.ts';
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
}

/** The runtime specification's `config.json` for a container. */
export function containerSpec(setup: ContainerSetup): RuntimeSpec {
  const { account, terminal, cwd, capabilities } = setup;
  const effective = account.uid === 0 ? capabilities : [];
  return defaultSpec({
    machine: hostMachine(),
    rootPath: setup.rootPath,
    readonlyRoot: setup.readOnlyRoot,
    hostname: setup.hostname,
    network: setup.network,
    process: {
      terminal,
      // The primary group too, as Docker has it: a process that could give it up by a setgid program would get past a
      // file's mode that denies the group what others may (CVE-2022-36109).
      user: { uid: account.uid, gid: account.gid, additionalGids: [account.gid, ...account.additionalGids] },
      args: setup.args,
      env: processEnv(setup),
      cwd: cwd === '' ? '/' : cwd,
      capabilities: { bounding: capabilities, effective, permitted: effective },
      noNewPrivileges: setup.noNewPrivileges,
    },
    mounts: [
      ...[...setup.networkFiles].map(([destination, source]) => bind(source, destination, false)),
      ...setup.binds.map(({ source, target, readOnly }) => bind(source, target, readOnly)),
    ],
  });
}

function bind(source: string, destination: string, readOnly: boolean): MountSpec {
  return { destination, source, type: 'bind', options: ['rbind', 'rprivate', readOnly ? 'ro' : 'rw'] };
}

function processEnv({ env, hostname, terminal, account }: ContainerSetup): string[] {
  const defaults = [`PATH=${DEFAULT_PATH}`, `HOSTNAME=${hostname}`, ...(terminal ? ['TERM=xterm'] : [])];
  return mergeEnv(defaults, [`HOME=${account.home}`], env);
}

import type { Machine } from '../elf/index.ts';
import { defaultFilter } from './default-filter.ts';
import type { MountSpec, ProcessSpec, RuntimeSpec } from './spec.ts';

/** What Docker leaves of root's capabilities (docs.docker.com/engine/containers/run, Runtime privilege). */
export const DEFAULT_CAPABILITIES: readonly string[] = [
  'CAP_AUDIT_WRITE',
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_MKNOD',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_RAW',
  'CAP_SETFCAP',
  'CAP_SETGID',
  'CAP_SETPCAP',
  'CAP_SETUID',
  'CAP_SYS_CHROOT',
];

/** The file systems of every container, with Docker's options. */
const DEFAULT_MOUNTS: readonly MountSpec[] = [
  { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
  {
    destination: '/dev',
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
  },
  {
    destination: '/dev/pts',
    type: 'devpts',
    source: 'devpts',
    options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'],
  },
  { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
  {
    destination: '/sys/fs/cgroup',
    type: 'cgroup',
    source: 'cgroup',
    options: ['ro', 'nosuid', 'noexec', 'nodev'],
  },
  { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
  {
    destination: '/dev/shm',
    type: 'tmpfs',
    source: 'shm',
    options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k'],
  },
];

const MASKED_PATHS: readonly string[] = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];

const READONLY_PATHS: readonly string[] = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/** In a network of its own every user may use every port and ping, as in Docker. */
const OWN_NETWORK: Readonly<Record<string, string>> = {
  'net.ipv4.ip_unprivileged_port_start': '0',
  'net.ipv4.ping_group_range': '0 2147483647',
};

/** What a caller decides about a container; the rest is as Docker has it. */
export interface ContainerDefaults {
  readonly machine: Machine;
  readonly rootPath: string;
  /** Command, environment, directory and user; capabilities if they are not Docker's. */
  readonly process: ProcessSpec;
  readonly hostname: string;
  readonly network: 'host' | 'none';
  /** After the default mounts. */
  readonly mounts?: readonly MountSpec[];
  readonly readonlyRoot?: boolean;
}

/** A specification with Docker's defaults: mounts, namespaces, capabilities, hidden paths, system call filter. */
export function defaultSpec(wanted: ContainerDefaults): RuntimeSpec {
  const capabilities = wanted.process.capabilities ?? {
    bounding: DEFAULT_CAPABILITIES,
    effective: DEFAULT_CAPABILITIES,
    permitted: DEFAULT_CAPABILITIES,
  };
  const types = ['cgroup', 'ipc', 'mount', 'pid', 'uts', ...(wanted.network === 'none' ? ['network'] : [])];
  return {
    ociVersion: '1.0.2',
    process: { ...wanted.process, capabilities },
    root: { path: wanted.rootPath, readonly: wanted.readonlyRoot ?? false },
    hostname: wanted.hostname,
    mounts: [...DEFAULT_MOUNTS, ...(wanted.mounts ?? [])],
    linux: {
      namespaces: types.map((type) => ({ type })),
      maskedPaths: MASKED_PATHS,
      readonlyPaths: READONLY_PATHS,
      ...(wanted.network === 'none' ? { sysctl: OWN_NETWORK } : {}),
      seccompProgram: defaultFilter(wanted.machine, capabilities.bounding ?? []),
    },
  };
}

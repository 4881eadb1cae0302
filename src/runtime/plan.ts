import type { Machine } from '../elf/index.ts';
import { checkSpec } from './check-spec.ts';
import { planAttributes, planSysctls } from './plan-attributes.ts';
import { planCommand } from './plan-command.ts';
import { planDevices, planEnterDev } from './plan-devices.ts';
import { planMounts } from './plan-mounts.ts';
import { planPrivileges } from './plan-privileges.ts';
import { type OverlaySpec, planEnterRoot, planRoot } from './plan-root.ts';
import { planChild, planOuter } from './plan-start.ts';
import { planStdio, planTerminal } from './plan-stdio.ts';
import type { RuntimeSpec } from './spec.ts';
import { type FlagsArgument, flags, type Step } from './step.ts';

/** Where a standard stream of the container leads: on to ours, into a new pipe, to its own /dev/null. */
export type StreamPlan = 'inherit' | 'pipe' | 'null';

/** What a plan depends on beside the specification. */
export interface PlanOptions {
  readonly machine: Machine;
  /** The process that spawns the program; when it dies, the container does. */
  readonly parentPid: number;
  /** Mounted over `root.path` first. */
  readonly overlay?: OverlaySpec | undefined;
  /**
   * `none`: the caller is the real root. `inside`: the caller is uid 0 of a user namespace. `create`: the program
   * makes a user namespace and waits until its parent has written the id maps.
   */
  readonly userNamespace: 'none' | 'inside' | 'create';
  /** The user namespace maps one id alone: no groups can be set. */
  readonly singleId?: boolean | undefined;
  /** stdin, stdout, stderr; not used with a terminal. */
  readonly stdio: readonly [StreamPlan, StreamPlan, StreamPlan];
  /** Rows and columns of the new terminal, if `process.terminal` is set. */
  readonly terminalSize?: { readonly rows: number; readonly columns: number } | undefined;
  /** Whether the source of a bind is a directory. */
  readonly isDirectory: (path: string) => boolean;
  /** Whether the host has the unified cgroup hierarchy. */
  readonly unifiedCgroups: boolean;
}

/** The command of a plan: `execve` is tried with each path in turn. */
export interface CommandPlan {
  readonly paths: readonly string[];
  readonly args: readonly string[];
  readonly env: readonly string[];
}

/** A container start as data: system calls in order, before and after the one clone. */
export interface Plan {
  readonly machine: Machine;
  /** Runs in the caller's namespaces. */
  readonly outer: readonly Step[];
  /** The namespaces that the clone makes. */
  readonly namespaces: FlagsArgument;
  /** Runs as PID 1 of the container, up to the command. */
  readonly init: readonly Step[];
  readonly command: CommandPlan;
  /** Variables that do not start as eight zero bytes. */
  readonly slots: ReadonlyMap<string, Uint8Array>;
}

const NAMESPACES = [
  ['cgroup', 'CLONE_NEWCGROUP'],
  ['ipc', 'CLONE_NEWIPC'],
  ['mount', 'CLONE_NEWNS'],
  ['network', 'CLONE_NEWNET'],
  ['pid', 'CLONE_NEWPID'],
  ['uts', 'CLONE_NEWUTS'],
] as const;

/**
 * The system calls that start `spec`, in order.
 *
 * The new root is entered and the old one detached *before* anything is mounted inside: what comes from the host is
 * held by descriptors of detached mounts. From then on the kernel itself resolves every destination inside the
 * container, so that no link of a hostile image can lead a mount or a file out of it.
 *
 * @throws PlinthError `runtime-spec-invalid`, `runtime-spec-unsupported`
 */
export function planContainer(spec: RuntimeSpec, options: PlanOptions): Plan {
  checkSpec(spec, options);
  const mounts = planMounts(spec, options);
  const devices = planDevices(spec, options);
  const stdio = spec.process.terminal === true ? planTerminal(spec, options) : planStdio(spec, options);
  const start = planOuter(options);
  return {
    machine: options.machine,
    outer: [...start.steps, ...stdio.outer],
    namespaces: flags(...NAMESPACES.filter(([type]) => hasNamespace(spec, type)).map(([, name]) => name)),
    init: [
      ...planChild(),
      ...planRoot(spec, options),
      ...mounts.prepare,
      ...devices.prepare,
      ...planEnterRoot(spec),
      ...mounts.attach,
      ...devices.attach,
      ...planEnterDev(),
      ...planSysctls(spec, options),
      ...mounts.attachLater,
      ...stdio.init,
      ...planAttributes(spec),
      ...planPrivileges(spec, options),
    ],
    command: planCommand(spec.process),
    slots: new Map([...start.slots, ...stdio.slots]),
  };
}

/** Whether the container gets a namespace of this type for itself. */
export function hasNamespace(spec: RuntimeSpec, type: string): boolean {
  return spec.linux?.namespaces?.some((namespace) => namespace.type === type) ?? false;
}

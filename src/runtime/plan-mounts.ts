import { type MountOptions, parseMountOptions } from './mount-options.ts';
import { hasNamespace, type PlanOptions } from './plan.ts';
import { ensureDirectory, ensureFile } from './plan-paths.ts';
import type { MountSpec, RuntimeSpec } from './spec.ts';
import { AT_FDCWD, allowing, because, flags, into, type Step, slot, step, words } from './step.ts';

/** Steps before and after the new root is entered. */
export interface TwoPhases {
  /** What only the host has is taken hold of: detached mounts, by descriptor. */
  readonly prepare: readonly Step[];
  /** It is put in its place. */
  readonly attach: readonly Step[];
}

/** The slot that holds the detached devpts mount in which a terminal is opened before the clone. */
export const DEVPTS_SLOT = 'devpts';

/** Mounts in two groups. */
export interface MountsPlan extends TwoPhases {
  /** Up to that on /dev: what comes after may be a volume that a link of the image leads to /dev or /proc. */
  readonly attach: readonly Step[];
  readonly attachLater: readonly Step[];
}

/** The mounts of the specification, in its order. */
export function planMounts(spec: RuntimeSpec, options: PlanOptions): MountsPlan {
  const prepare: Step[] = [];
  const early: Step[] = [];
  const late: Step[] = [];
  const dev = spec.mounts?.findLastIndex((mount) => mount.destination === '/dev') ?? -1;
  for (const [index, given] of (spec.mounts ?? []).entries()) {
    const attach = index <= dev ? early : late;
    const mount = adaptMount(spec, options, given);
    const mountOptions = parseMountOptions(mount);
    const name = mount.type === 'devpts' && spec.process.terminal === true ? DEVPTS_SLOT : `mount${index}`;
    if (mount.type === 'cgroup') {
      if (!options.unifiedCgroups) continue;
      const steps = [
        ...planFileSystem(name, { ...mount, type: 'cgroup2' }, mountOptions),
        planAttach(name, mount, false),
      ];
      // Nothing in a container needs it to start, and the host may withhold it.
      const [last, ...rest] = steps.map((each) => allowing('ignore', each)).reverse();
      prepare.push(...rest.reverse());
      if (last !== undefined) attach.push(last);
      continue;
    }
    if (name !== DEVPTS_SLOT) {
      prepare.push(
        ...(mountOptions.bind ? planBind(name, mount, mountOptions) : planFileSystem(name, mount, mountOptions)),
      );
    }
    const file = mountOptions.bind && !options.isDirectory(mount.source ?? '');
    attach.push(...(file ? ensureFile(mount.destination) : ensureDirectory(mount.destination)));
    attach.push(planAttach(name, mount, mountOptions.bind));
  }
  return { prepare, attach: early, attachLater: late };
}

/** The detached devpts mount for a terminal, made by the outer process so that its parent can open it. */
export function planDevpts(spec: RuntimeSpec, options: PlanOptions): readonly Step[] {
  const given = spec.mounts?.find((each) => each.type === 'devpts');
  if (given === undefined) return [];
  const mount = adaptMount(spec, options, given);
  return planFileSystem(DEVPTS_SLOT, mount, parseMountOptions(mount));
}

/** What a user namespace cannot do as written, in the way that it can. */
function adaptMount(spec: RuntimeSpec, options: PlanOptions, mount: MountSpec): MountSpec {
  if (options.userNamespace === 'none') return mount;
  const own = mount.options ?? [];
  if (mount.type === 'devpts' && options.singleId === true) {
    // Group tty is not mapped there.
    return { ...mount, options: own.filter((option) => !option.startsWith('gid=')) };
  }
  if (mount.type === 'sysfs' && !hasNamespace(spec, 'network')) {
    // The kernel gives a new sysfs only to the owner of the network namespace: the host's is bound.
    return {
      ...mount,
      type: 'bind',
      source: '/sys',
      options: ['rbind', 'rro', ...own.filter((option) => option !== 'ro')],
    };
  }
  return mount;
}

function planFileSystem(name: string, mount: MountSpec, options: MountOptions): Step[] {
  const what = `mount ${mount.type} on ${mount.destination}`;
  const type = mount.type ?? '';
  const setOption = ([key, value]: readonly [string, string | undefined]): Step =>
    value === undefined
      ? step(`${what} with ${key}`, 'fsconfig', slot('fs'), flags('FSCONFIG_SET_FLAG'), key, null, 0)
      : step(`${what} with ${key}=${value}`, 'fsconfig', slot('fs'), flags('FSCONFIG_SET_STRING'), key, value, 0);
  return [
    into('fs', step(what, 'fsopen', type, flags('FSOPEN_CLOEXEC'))),
    setOption(['source', mount.source ?? type]),
    ...options.data.map(setOption),
    step(what, 'fsconfig', slot('fs'), flags('FSCONFIG_CMD_CREATE'), null, null, 0),
    into(name, step(what, 'fsmount', slot('fs'), flags('FSMOUNT_CLOEXEC'), flags(...options.attributes))),
    step(what, 'close', slot('fs')),
  ];
}

function planBind(name: string, mount: MountSpec, options: MountOptions): Step[] {
  const source = mount.source ?? '';
  const what = `bind ${source} on ${mount.destination}`;
  const recursive = options.recursive ? (['AT_RECURSIVE'] as const) : [];
  const open = into(
    name,
    step(what, 'open_tree', AT_FDCWD, source, flags('OPEN_TREE_CLONE', 'OPEN_TREE_CLOEXEC', ...recursive)),
  );
  if (options.attributes.length === 0) return [open];
  return [open, planSetAttributes(what, name, options)];
}

function planSetAttributes(what: string, name: string, options: MountOptions): Step {
  const recursive = options.recursiveAttributes ? (['AT_RECURSIVE'] as const) : [];
  const attributes = flags(...options.attributes);
  return because(
    'adds to what the mount already has: a user namespace may not take that away',
    step(
      what,
      'mount_setattr',
      slot(name),
      '',
      flags('AT_EMPTY_PATH', ...recursive),
      words(`{attr_set=${attributes.text}}`, [attributes.value, 0, 0, 0]),
      32,
    ),
  );
}

/** Links at the destination of a volume are followed, inside the container; a file system goes onto a directory itself. */
function planAttach(name: string, mount: MountSpec, followLinks: boolean): Step {
  const follow = followLinks ? (['MOVE_MOUNT_T_SYMLINKS'] as const) : [];
  const what = followLinks ? `bind ${mount.source}` : `mount ${mount.type}`;
  return step(
    `${what} on ${mount.destination}`,
    'move_mount',
    slot(name),
    '',
    AT_FDCWD,
    mount.destination,
    flags('MOVE_MOUNT_F_EMPTY_PATH', ...follow),
  );
}

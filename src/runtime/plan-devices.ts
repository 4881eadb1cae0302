import { parseMountOptions } from './mount-options.ts';
import type { PlanOptions } from './plan.ts';
import type { TwoPhases } from './plan-mounts.ts';
import { ensureDirectory, ensureEmptyFile, octal } from './plan-paths.ts';
import type { DeviceSpec, RuntimeSpec } from './spec.ts';
import { AT_FDCWD, allowing, because, flags, into, named, type Step, slot, step } from './step.ts';

/** OCI runtime specification, config-linux.md, Default Devices. */
const DEFAULT_DEVICES: readonly DeviceSpec[] = (
  [
    ['null', 1, 3],
    ['zero', 1, 5],
    ['full', 1, 7],
    ['random', 1, 8],
    ['urandom', 1, 9],
    ['tty', 5, 0],
  ] as const
).map(([name, major, minor]) => ({ type: 'c', path: `/dev/${name}`, major, minor, fileMode: 0o666 }));

/** OCI runtime specification, runtime-linux.md, Dev symbolic links; `core` as Docker has it. */
const LINKS = [
  ['/proc/self/fd', '/dev/fd'],
  ['/proc/self/fd/0', '/dev/stdin'],
  ['/proc/self/fd/1', '/dev/stdout'],
  ['/proc/self/fd/2', '/dev/stderr'],
  ['pts/ptmx', '/dev/ptmx'],
  ['/proc/kcore', '/dev/core'],
] as const;

const TYPE = { c: 'S_IFCHR', u: 'S_IFCHR', b: 'S_IFBLK', p: 'S_IFIFO' } as const;

/** The default devices and those of the specification; none if /dev is a directory of the host. */
export function planDevices(spec: RuntimeSpec, options: PlanOptions): TwoPhases {
  if (spec.mounts?.some((mount) => mount.destination === '/dev' && parseMountOptions(mount).bind)) {
    return { prepare: [], attach: [] };
  }
  const devices = [...DEFAULT_DEVICES, ...(spec.linux?.devices ?? [])];
  const make = options.userNamespace === 'none' ? makeDevice : bindDevice;
  const plans = devices.map(make);
  const directories = new Set(devices.map(({ path }) => path.slice(0, path.lastIndexOf('/'))));
  return {
    prepare: plans.flatMap((plan) => plan.prepare),
    attach: [
      ...[...directories].flatMap(ensureDirectory),
      ...plans.flatMap((plan) => plan.attach),
      ...LINKS.map(([target, path]) =>
        allowing(['EEXIST'], step(`link ${path} to ${target}`, 'symlinkat', target, AT_FDCWD, path)),
      ),
    ],
  };
}

/** What is needed of /dev from here on is named from within it, wherever volumes go. */
export function planEnterDev(): Step[] {
  return [
    ...ensureDirectory('/dev'),
    because('a volume may come to lie upon it through a link of the image', step('enter /dev', 'chdir', '/dev')),
  ];
}

function makeDevice(device: DeviceSpec): TwoPhases {
  const { path, major = 0, minor = 0, fileMode = 0o666, uid = 0, gid = 0 } = device;
  const type = flags(TYPE[device.type as keyof typeof TYPE]);
  const mode = named(`${type.text}|${octal(fileMode).text}`, type.value | fileMode);
  // The kernel's encoding of a device number in a 32-bit word (include/linux/kdev_t.h, new_encode_dev).
  const number = named(`makedev(${major}, ${minor})`, (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12));
  const attach = [allowing(['EEXIST'], step(`create device ${path}`, 'mknodat', AT_FDCWD, path, mode, number))];
  if (uid !== 0 || gid !== 0) attach.push(step(`own device ${path}`, 'fchownat', AT_FDCWD, path, uid, gid, 0));
  return { prepare: [], attach };
}

/** The kernel lets no user namespace make devices: the host's are bound. */
function bindDevice(device: DeviceSpec): TwoPhases {
  const { path } = device;
  const what = `bind device ${path}`;
  const name = `device${path}`;
  return {
    prepare: [into(name, step(what, 'open_tree', AT_FDCWD, path, flags('OPEN_TREE_CLONE', 'OPEN_TREE_CLOEXEC')))],
    attach: [
      because('a user namespace may not make devices', ensureEmptyFile(path, 0o666)),
      step(what, 'move_mount', slot(name), '', AT_FDCWD, path, flags('MOVE_MOUNT_F_EMPTY_PATH')),
    ],
  };
}

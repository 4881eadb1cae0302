import { RESOURCES } from './kernel.ts';
import { hasNamespace, type PlanOptions } from './plan.ts';
import type { RuntimeSpec } from './spec.ts';
import { AT_FDCWD, allowing, because, bytes, flags, into, named, type Step, slot, step, words } from './step.ts';

/** Steps for names, loopback, hidden paths, the read-only root and limits. */
export function planAttributes(spec: RuntimeSpec): Step[] {
  return [
    ...planName('hostname', 'sethostname', spec.hostname),
    ...planName('domainname', 'setdomainname', spec.domainname),
    ...(hasNamespace(spec, 'network') ? planLoopback() : []),
    ...(spec.linux?.readonlyPaths ?? []).flatMap(planReadonlyPath),
    ...(spec.linux?.maskedPaths ?? []).flatMap(planMaskedPath),
    ...(spec.root.readonly === true ? [makeReadonly('/', 'make root read-only')] : []),
    ...planLimits(spec),
  ];
}

function planName(what: string, call: string, name: string | undefined): Step[] {
  return name === undefined ? [] : [step(`set ${what} ${name}`, call, name, Buffer.byteLength(name))];
}

/** `struct ifreq` with the name and IFF_UP. */
function planLoopback(): Step[] {
  const request = Buffer.alloc(40);
  request.write('lo', 0, 'latin1');
  request.writeInt16LE(1, 16);
  const what = 'bring up loopback';
  const socket = step(what, 'socket', named('AF_INET', 2), flags('SOCK_DGRAM', 'SOCK_CLOEXEC'), 0);
  return [
    into('socket', socket),
    step(what, 'ioctl', slot('socket'), flags('SIOCSIFFLAGS'), bytes('{lo, IFF_UP}', request)),
    step(what, 'close', slot('socket')),
  ];
}

const PING_GROUPS = 'net.ipv4.ping_group_range';

/** Steps for kernel parameters, in a /proc that is neither read-only nor covered by a volume yet. */
export function planSysctls(spec: RuntimeSpec, options: PlanOptions): Step[] {
  return Object.entries(spec.linux?.sysctl ?? {}).flatMap(([name, value]) => planSysctl(name, value, options));
}

/** A user namespace has no groups beyond those that are mapped there. */
function planSysctl(name: string, given: string, options: PlanOptions): Step[] {
  const nested = name === PING_GROUPS && options.userNamespace !== 'none';
  const value = nested ? (options.singleId === true ? '0 0' : '0 65535') : given;
  const path = `/proc/sys/${name.replaceAll('.', '/')}`;
  const what = `set ${name} to ${value}`;
  const write = step(what, 'write', slot('sysctl'), value, Buffer.byteLength(value));
  return [
    into('sysctl', step(what, 'openat', AT_FDCWD, path, flags('O_RDWR', 'O_CLOEXEC'), 0)),
    nested ? because('the user may have fewer subordinate ids', allowing(['EINVAL'], write)) : write,
    step(what, 'close', slot('sysctl')),
  ];
}

/** What a kernel does not have needs no protection. */
function planReadonlyPath(path: string): Step[] {
  const what = `make ${path} read-only`;
  return [
    allowing(['ENOENT'], step(what, 'mount', path, path, null, flags('MS_BIND', 'MS_REC'), null)),
    allowing(['ENOENT'], makeReadonly(path, what)),
  ];
}

function makeReadonly(path: string, what: string): Step {
  const recursive = path === '/' ? flags('AT_SYMLINK_NOFOLLOW') : flags('AT_RECURSIVE');
  const attributes = words('{attr_set=MOUNT_ATTR_RDONLY}', [flags('MOUNT_ATTR_RDONLY').value, 0, 0, 0]);
  return step(what, 'mount_setattr', AT_FDCWD, path, recursive, attributes, 32);
}

/** One of the two fits, as the path is a file or a directory. The working directory is /dev. */
function planMaskedPath(path: string): Step[] {
  const what = `mask ${path}`;
  const empty = step(what, 'mount', 'tmpfs', path, 'tmpfs', flags('MS_RDONLY'), 'size=0k');
  return [
    allowing(['ENOENT', 'ENOTDIR'], step(what, 'mount', 'null', path, null, flags('MS_BIND'), null)),
    allowing(['ENOENT', 'ENOTDIR'], because('for a directory', empty)),
  ];
}

function planLimits(spec: RuntimeSpec): Step[] {
  return (spec.process.rlimits ?? []).map(({ type, soft, hard }) =>
    step(
      `limit ${type} to ${soft}:${hard}`,
      'prlimit64',
      0,
      named(type, RESOURCES.indexOf(type)),
      words(`{${soft}, ${hard}}`, [soft, hard]),
      null,
    ),
  );
}

import { CAPABILITIES } from './kernel.ts';
import type { PlanOptions } from './plan.ts';
import { ensureDirectory, octal } from './plan-paths.ts';
import { ALIVE_FD, LAST_FD, planOuterAlive, unblockSignals } from './plan-start.ts';
import { compileSeccomp } from './seccomp-filter.ts';
import type { CapabilitiesSpec, RuntimeSpec, UserSpec } from './spec.ts';
import { allowing, because, bytes, flags, named, type Step, step } from './step.ts';

const DEFAULT_UMASK = 0o022;

/** Steps that turn the root of the container into the user of the command, in the one order that the kernel allows. */
export function planPrivileges(spec: RuntimeSpec, options: PlanOptions): Step[] {
  const { process } = spec;
  const noNewPrivileges = process.noNewPrivileges === true;
  const filter = planSeccomp(spec, options);
  return [
    because(
      'the keys of the caller stay outside',
      allowing('ignore', step('leave session keyring', 'keyctl', flags('KEYCTL_JOIN_SESSION_KEYRING'), null)),
    ),
    because(
      'through /proc/self/fd a working directory could be one of them',
      step('close descriptors of the start', 'close_range', ALIVE_FD + 1, LAST_FD, 0),
    ),
    ...ensureDirectory(process.cwd),
    because('as root, as runc does', step(`enter directory ${process.cwd}`, 'chdir', process.cwd)),
    ...(noNewPrivileges ? [] : filter.map((each) => because('takes CAP_SYS_ADMIN without no_new_privs', each))),
    ...planBounding(process.capabilities),
    ...planUser(process.user, options),
    ...planCapabilities(process.capabilities),
    ...planOuterAlive().map((each) => because('a change of user clears the signal', each)),
    ...(noNewPrivileges
      ? [step('set no_new_privs', 'prctl', flags('PR_SET_NO_NEW_PRIVS'), 1, 0, 0, 0), ...filter]
      : []),
    step('set umask', 'umask', octal(process.user.umask ?? DEFAULT_UMASK)),
    unblockSignals,
    because(
      'nothing open here goes to the command',
      step('close the last descriptors', 'close_range', 3, LAST_FD, flags('CLOSE_RANGE_CLOEXEC')),
    ),
  ];
}

function planBounding(capabilities: CapabilitiesSpec | undefined): Step[] {
  const keep = new Set(capabilities?.bounding ?? []);
  return CAPABILITIES.map((name, number) => ({ name, number }))
    .filter(({ name }) => !keep.has(name))
    .map(({ name, number }) =>
      // An older kernel does not have the newest.
      allowing(['EINVAL'], step(`drop ${name}`, 'prctl', flags('PR_CAPBSET_DROP'), named(name, number), 0, 0, 0)),
    );
}

function planUser(user: UserSpec, options: PlanOptions): Step[] {
  const gids = user.additionalGids ?? [];
  const list = bytes(`[${gids.join(', ')}]`, new Uint8Array(Uint32Array.from(gids).buffer));
  return [
    because('the next calls would lose all capabilities', keepCapabilities(1)),
    ...(options.singleId === true
      ? []
      : [step(`set groups ${gids.join(',')}`.trimEnd(), 'setgroups', gids.length, list)]),
    step(`set group ${user.gid}`, 'setresgid', user.gid, user.gid, user.gid),
    step(`set user ${user.uid}`, 'setresuid', user.uid, user.uid, user.uid),
    keepCapabilities(0),
  ];
}

function keepCapabilities(keep: 0 | 1): Step {
  return step('keep capabilities', 'prctl', flags('PR_SET_KEEPCAPS'), keep, 0, 0, 0);
}

/** `capset` version 3: a header, then effective, permitted, inheritable for each 32 capabilities. */
function planCapabilities(capabilities: CapabilitiesSpec = {}): Step[] {
  const header = new Uint8Array(new Uint32Array([0x2008_0522, 0]).buffer);
  const sets = [capabilities.effective, capabilities.permitted, capabilities.inheritable].map(capabilityMask);
  const words = [0n, 32n].flatMap((shift) => sets.map((set) => Number((set >> shift) & 0xffff_ffffn)));
  const text = sets.map((set) => `0x${set.toString(16)}`).join(', ');
  return [
    step(
      'set capabilities',
      'capset',
      bytes('{_LINUX_CAPABILITY_VERSION_3, 0}', header),
      bytes(`{${text}}`, new Uint8Array(Uint32Array.from(words).buffer)),
    ),
    ...(capabilities.ambient ?? []).map((name) => {
      const number = named(name, CAPABILITIES.indexOf(name));
      return step(`raise ${name}`, 'prctl', flags('PR_CAP_AMBIENT'), flags('PR_CAP_AMBIENT_RAISE'), number, 0, 0);
    }),
  ];
}

function capabilityMask(names: readonly string[] = []): bigint {
  return names.reduce((mask, name) => mask | (1n << BigInt(CAPABILITIES.indexOf(name))), 0n);
}

function planSeccomp(spec: RuntimeSpec, options: PlanOptions): Step[] {
  const { seccomp, seccompProgram } = spec.linux ?? {};
  const filter = seccompProgram ?? (seccomp === undefined ? undefined : compileSeccomp(seccomp, options.machine));
  if (filter === undefined) return [];
  const instructions = filter.length / 8;
  const program = Buffer.alloc(16);
  program.writeUInt16LE(instructions, 0);
  return [
    step('install seccomp filter', 'seccomp', flags('SECCOMP_SET_MODE_FILTER'), 0, {
      kind: 'bytes',
      value: program,
      text: `{${instructions} instructions}`,
      pointers: [[8, filter]],
    }),
  ];
}

import { type Abi, type Machine, syscallNumbers } from '../elf/index.ts';
import type { SeccompRule, SeccompSpec } from './spec.ts';

/**
 * System calls that need a capability in the container's bounding set
 * (docs.docker.com/engine/security/seccomp, Significant syscalls blocked by the default profile).
 */
const BY_CAPABILITY: Readonly<Record<string, string>> = {
  CAP_BPF: 'bpf',
  CAP_DAC_READ_SEARCH: 'open_by_handle_at',
  CAP_PERFMON: 'perf_event_open',
  CAP_SYS_ADMIN: `bpf clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr
    lsm_list_modules lsm_set_self_attr mount mount_setattr move_mount open_tree open_tree_attr perf_event_open quotactl
    quotactl_fd setdomainname sethostname setns syslog umount umount2 unshare`,
  CAP_SYS_BOOT: 'reboot',
  CAP_SYS_CHROOT: 'chroot',
  CAP_SYS_MODULE: 'delete_module finit_module init_module',
  CAP_SYS_NICE: 'get_mempolicy mbind set_mempolicy set_mempolicy_home_node',
  CAP_SYS_PACCT: 'acct',
  CAP_SYS_PTRACE: 'kcmp pidfd_getfd process_madvise',
  CAP_SYS_RAWIO: 'ioperm iopl',
  CAP_SYS_TIME: 'clock_settime clock_settime64 settimeofday stime',
  CAP_SYS_TTY_CONFIG: 'vhangup',
  CAP_SYSLOG: 'syslog',
};

/** Never allowed: not confined by namespaces, obsolete, or a long history of holes. */
const BLOCKED = `_sysctl add_key afs_syscall bdflush create_module epoll_ctl_old epoll_wait_old get_kernel_syms getpmsg
  io_uring_enter io_uring_register io_uring_setup kexec_file_load kexec_load keyctl migrate_pages move_pages nfsservctl
  pciconfig_iobase pciconfig_read pciconfig_write pivot_root putpmsg query_module request_key security swapoff swapon sysfs tuxcall uprobe uselib userfaultfd
  ustat vm86 vm86old vserver`;

/** Newer than the policy: as good as unknown. */
const UNREVIEWED = 'file_getattr file_setattr';

/** Allowed with certain arguments alone. */
const CONDITIONAL = new Set(['clone', 'clone3', 'personality', 'socket']);

/** Every CLONE_NEW… flag. */
const CLONE_NAMESPACES = 0x7e02_0000;
/**
 * The address families that a socket may have: of the 46 there are (include/linux/socket.h), all but DECnet, Econet,
 * ATMSVC, IrDA, WANPIPE, ISDN, CAIF, ALG and VSOCK. Listed, because a filter sees 64 bits of an `int` of which the kernel
 * takes 32: a rule against one family would miss it with a bit set above.
 */
const FAMILIES = Array.from({ length: 46 }, (_, family) => family).filter(
  (family) => ![12, 19, 20, 23, 25, 34, 37, 38, 40].includes(family),
);
const ENOSYS = 38;
/** PER_LINUX, PER_LINUX32, both with UNAME26, and the question for the current one. */
const PERSONALITIES = [0, 0x8, 0x2_0000, 0x2_0008, 0xffff_ffff];
/**
 * Whose calls a machine takes: its own, and those of programs of 32 bits. On i386 the family of a socket may lie in
 * memory (socketcall), out of a filter's sight; most of its programs know no other way, so Docker allows that, too.
 */
const ABIS: Readonly<Record<Machine, readonly (readonly [abi: Abi, name: string])[]>> = {
  'x86-64': [
    ['x86-64', 'SCMP_ARCH_X86_64'],
    ['i386', 'SCMP_ARCH_X86'],
  ],
  arm64: [
    ['arm64', 'SCMP_ARCH_AARCH64'],
    ['arm', 'SCMP_ARCH_ARM'],
  ],
};

/** Docker's default policy for a container with this bounding set. */
export function defaultSeccomp(machine: Machine, bounding: readonly string[]): SeccompSpec {
  const denied = deniedCalls(bounding);
  const known = new Set(ABIS[machine].flatMap(([abi]) => [...syscallNumbers(abi).keys()]));
  const allowed = [...known].filter((name) => !denied.has(name) && !CONDITIONAL.has(name));
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: 1,
    architectures: ABIS[machine].map(([, name]) => name),
    syscalls: [{ names: allowed, action: 'SCMP_ACT_ALLOW' }, ...conditionalRules(bounding)],
  };
}

function deniedCalls(bounding: readonly string[]): Set<string> {
  const denied = new Set(words(`${BLOCKED} ${UNREVIEWED} ${Object.values(BY_CAPABILITY).join(' ')}`));
  for (const capability of bounding) {
    for (const name of words(BY_CAPABILITY[capability] ?? '')) denied.delete(name);
  }
  return denied;
}

function conditionalRules(bounding: readonly string[]): SeccompRule[] {
  const privileged = bounding.includes('CAP_SYS_ADMIN');
  const noNamespaces = { index: 0, value: CLONE_NAMESPACES, valueTwo: 0, op: 'SCMP_CMP_MASKED_EQ' };
  return [
    ...FAMILIES.map((value) => allow('socket', { index: 0, value, op: 'SCMP_CMP_EQ' })),
    ...PERSONALITIES.map((value) => allow('personality', { index: 0, value, op: 'SCMP_CMP_EQ' })),
    privileged ? allow('clone') : allow('clone', noNamespaces),
    // Its flags lie in memory, out of a filter's sight: with ENOSYS a C library falls back to clone.
    privileged ? allow('clone3') : { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS },
  ];
}

function allow(name: string, ...args: NonNullable<SeccompRule['args']>): SeccompRule {
  return { names: [name], action: 'SCMP_ACT_ALLOW', ...(args.length === 0 ? {} : { args }) };
}

function words(text: string): string[] {
  return text.split('\n').flatMap((line) => line.trimStart().split(' '));
}

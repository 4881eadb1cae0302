import { readFileSync } from 'node:fs';

/** Reads a file of /proc; undefined if there is none. */
export type FactReader = (file: string) => string | undefined;

/**
 * What helps a user whom the kernel refuses namespaces or mounts in them, by what is off on this machine; undefined if
 * nothing known is.
 */
export function refusalHint(read: FactReader = readFact): string | undefined {
  if (isBareChroot(read('/proc/self/mountinfo'))) return CHROOT_HINT;
  return SWITCHES.find(({ file, refuses }) => read(file)?.trim() === refuses)?.hint;
}

const CHROOT_HINT =
  'This is a chroot whose / is no mount point, where the kernel lets nobody set up a container: ' +
  'mount --bind the directory on itself before chroot, or use systemd-nspawn.';

const SWITCHES = [
  {
    file: '/proc/sys/user/max_user_namespaces',
    refuses: '0',
    hint: 'User namespaces are switched off: have root run sysctl user.max_user_namespaces=10000',
  },
  {
    file: '/proc/sys/kernel/unprivileged_userns_clone',
    refuses: '0',
    hint: 'User namespaces are for root alone here: have root run sysctl kernel.unprivileged_userns_clone=1',
  },
  {
    file: '/proc/sys/kernel/apparmor_restrict_unprivileged_userns',
    refuses: '1',
    hint: 'AppArmor restricts user namespaces: have root run sysctl kernel.apparmor_restrict_unprivileged_userns=0, or add a profile for node.',
  },
] as const;

/** proc_pid_mountinfo(5): the fifth field is the mount point, as seen from the root of the process. */
function isBareChroot(mounts: string | undefined): boolean {
  return mounts !== undefined && !mounts.split('\n').some((line) => line.split(' ')[4] === '/');
}

function readFact(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return undefined;
  }
}

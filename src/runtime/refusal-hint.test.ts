import { expect, it } from 'vitest';
import { refusalHint } from './refusal-hint.ts';

const ROOT = '22 1 8:1 / / rw - ext4 /dev/sda rw\n23 22 0:5 / /proc rw - proc proc rw\n';
const SYS = '/proc/sys';

it.each([
  ['nothing that is known', {}, undefined],
  ['a limit', { [`${SYS}/user/max_user_namespaces`]: '0\n' }, 'sysctl user.max_user_namespaces=10000'],
  [
    'the switch of Debian',
    { [`${SYS}/kernel/unprivileged_userns_clone`]: '0\n' },
    'sysctl kernel.unprivileged_userns_clone=1',
  ],
  [
    'AppArmor',
    {
      [`${SYS}/user/max_user_namespaces`]: '3000\n',
      [`${SYS}/kernel/unprivileged_userns_clone`]: '1\n',
      [`${SYS}/kernel/apparmor_restrict_unprivileged_userns`]: '1\n',
    },
    'sysctl kernel.apparmor_restrict_unprivileged_userns=0',
  ],
  ['a chroot', { '/proc/self/mountinfo': ROOT.slice(ROOT.indexOf('\n') + 1) }, 'mount --bind'],
])('names what refuses: %s', (_, facts: Record<string, string>, expected) => {
  const hint = refusalHint((file) => ({ '/proc/self/mountinfo': ROOT, ...facts })[file]);
  if (expected === undefined) expect(hint).toBeUndefined();
  else expect(hint).toContain(expected);
});

import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inDirectory, PLINTH } from '../support/plinth.ts';
import { shell } from './container-place.ts';

const CHECKOUT = dirname(dirname(PLINTH[1]));

/** Makes a root of this machine's directories in `$1` and runs the rest in it; `$2`: whether it is a mount point. */
const IN_CHROOT = `
root=$1 mounted=$2; shift 2
if [ "$mounted" = yes ]; then mount --bind "$root" "$root"; fi
for name in usr bin sbin lib lib64; do
  if [ -L "/$name" ]; then cp -a "/$name" "$root/"; elif [ -d "/$name" ]; then mkdir "$root/$name"; mount --rbind "/$name" "$root/$name"; fi
done
mkdir -p "$root"/{dev,proc,tmp,etc} "$root${CHECKOUT}"
cp -a /etc/passwd /etc/group /etc/alternatives "$root/etc"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount --rbind "${CHECKOUT}" "$root${CHECKOUT}"
chroot "$root" /usr/bin/env -i HOME=/tmp PATH=/usr/bin:/bin:/usr/sbin:/sbin bash -c "$1" 2>&1
`;

function inChroot(mounted: 'yes' | 'no', script: string): Promise<string> {
  const run = `unshare -m --propagation private bash -euc '${IN_CHROOT}' bash "$1" "$2" "$3"`;
  return inDirectory((directory) => shell(run, directory, mounted, script));
}

const PLINTH_HERE = `${PLINTH.join(' ')} --root /tmp/store`;
const BUILD = `${PLINTH_HERE} new minios /tmp/context >/dev/null; ${PLINTH_HERE} build -q -t mini /tmp/context`;

describe('in a chroot', () => {
  it('whose / is no mount point a container is refused with what to do, and the tests say so', async () => {
    const shown = await inChroot('no', `${BUILD}; echo status $?`);
    expect(shown).toContain('error: make mounts private: invalid argument (EINVAL)');
    expect(shown).toMatch(/^hint: This is a chroot .*mount --bind/m);
    expect(shown).toMatch(/status 1$/m);
    const node = `${PLINTH[0]} -p "import('${CHECKOUT}/scripts/tiers.mjs').then(t => t.TIERS.map(t.obstacle).join('|')).then(console.log)"`;
    expect(await inChroot('no', node)).toMatch(/needs mounts of its own .*\|needs mounts of its own /);
  });

  it('whose / is a mount point one runs', async () => {
    expect(await inChroot('yes', `${BUILD}; ${PLINTH_HERE} run --rm mini echo inside`)).toMatch(/^inside$/m);
  });
});

// What each tier of tests needs, to tell before it runs. See CONTRIBUTING.md.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hasProgram } from './checkout.mjs';

/** Program → Debian package: what the tests of a tier start, also by way of another program. */
const INTEROP = {
  'aarch64-linux-gnu-objdump': 'binutils-aarch64-linux-gnu',
  bsdtar: 'libarchive-tools',
  buildah: 'buildah',
  bzip2: 'bzip2',
  debugfs: 'e2fsprogs',
  'dpkg-deb': 'dpkg',
  dumpe2fs: 'e2fsprogs',
  e2fsck: 'e2fsprogs',
  gzip: 'gzip',
  mke2fs: 'e2fsprogs',
  objdump: 'binutils',
  pigz: 'pigz',
  podman: 'podman',
  python3: 'python3',
  'qemu-aarch64-static': 'qemu-user-static',
  readelf: 'binutils',
  resize2fs: 'e2fsprogs',
  runc: 'runc',
  skopeo: 'skopeo',
  tar: 'tar',
  umoci: 'umoci',
  xz: 'xz-utils',
  zstd: 'zstd',
};
const LINUX = {
  'aarch64-linux-gnu-gcc': 'gcc-aarch64-linux-gnu',
  'apt-get': 'apt',
  awk: 'mawk',
  busybox: 'busybox-static',
  bzip2: 'bzip2',
  cmp: 'diffutils',
  curl: 'curl',
  debootstrap: 'debootstrap',
  debugfs: 'e2fsprogs',
  docker: 'docker.io',
  dockerd: 'docker.io',
  e2fsck: 'e2fsprogs',
  gcc: 'gcc',
  getfacl: 'acl',
  iconv: 'libc-bin',
  git: 'git',
  make: 'make',
  mount: 'mount',
  'musl-gcc': 'musl-tools',
  newuidmap: 'uidmap',
  nginx: 'nginx',
  openssl: 'openssl',
  pg_ctlcluster: 'postgresql',
  ps: 'procps',
  psql: 'postgresql-client',
  python3: 'python3',
  'qemu-aarch64-static': 'qemu-user-static',
  resize2fs: 'e2fsprogs',
  'riscv64-linux-gnu-gcc': 'gcc-riscv64-linux-gnu',
  script: 'bsdutils',
  setfattr: 'attr',
  setpriv: 'util-linux',
  tar: 'tar',
  unshare: 'util-linux',
  'update-ca-certificates': 'ca-certificates',
  useradd: 'passwd',
  // Static C libraries, seen from where programs are.
  '../aarch64-linux-gnu/lib/libc.a': 'libc6-dev-arm64-cross',
  '../include/stdio.h': 'libc6-dev',
  '../riscv64-linux-gnu/lib/libc.a': 'libc6-dev-riscv64-cross',
};
const CLI = {
  busybox: 'busybox-static',
  debugfs: 'e2fsprogs',
  e2fsck: 'e2fsprogs',
  newuidmap: 'uidmap',
  readelf: 'binutils',
  skopeo: 'skopeo',
  tmux: 'tmux',
  umoci: 'umoci',
  unshare: 'util-linux',
};

export const TIERS = [
  { name: 'unit', programs: {}, root: false, containers: false },
  { name: 'interop', programs: INTEROP, root: true, containers: false },
  { name: 'linux', programs: LINUX, root: true, containers: true },
  { name: 'cli', programs: CLI, root: false, containers: true },
];

/** Why a tier cannot run here and what to do about it, as one line; undefined if it can. */
export function obstacle({ programs, root, containers }) {
  const missing = Object.keys(programs).filter((program) => !hasProgram(program));
  const reasons = [];
  if (missing.length > 0) {
    const packages = [...new Set(missing.map((program) => programs[program]))];
    reasons.push(`needs ${missing.join(', ')} (Debian: apt-get install ${packages.join(' ')})`);
  }
  if (root && process.getuid?.() !== 0) reasons.push('needs root (sudo npm test)');
  if (reasons.length === 0 && containers) reasons.push(...containerObstacle());
  return reasons.length === 0 ? undefined : reasons.join('; ');
}

/** Why no container can be started here, found out by trying. */
function containerObstacle() {
  const isRoot = process.getuid?.() === 0;
  if (isRoot && !mayAdministrate()) return ['needs the capability to mount (a container must be privileged)'];
  const { status, stderr } = spawnSync('unshare', isRoot ? ['-m', 'true'] : ['-Urm', 'true'], { encoding: 'utf8' });
  if (status === 0) return [];
  const what = isRoot ? 'mounts of its own (no plain chroot)' : 'user namespaces';
  return [`needs ${what}: ${stderr.trim()}`];
}

/** CAP_SYS_ADMIN, number 21, is effective. */
function mayAdministrate() {
  try {
    const [, mask] = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    return mask !== undefined && ((BigInt(`0x${mask}`) >> 21n) & 1n) === 1n;
  } catch {
    return false;
  }
}

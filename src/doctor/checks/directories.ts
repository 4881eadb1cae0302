import { type ByteString, decodeText, encodeText } from '../../bytes/index.ts';
import { type Finding, type Fix, finding } from '../finding.ts';
import type { CheckContext } from './check.ts';
import { withoutPath } from './without-path.ts';

/** The working directory. */
export function checkWorkdir({ patient, mender }: CheckContext): Finding[] {
  const { cwd } = patient;
  const node = patient.tree.resolve(cwd)?.node;
  const shown = decodeText(cwd);
  if (node === undefined) {
    const fix = mender.configure(`WORKDIR ${shown}`);
    const cause = 'It is not in the image; plinth run and Docker make it, empty and root’s.'.replace('’', "'");
    return [finding('workdir-missing', cwd, { why: `cd ${shown}: it is empty`, cause, fix })];
  }
  if (node.kind !== 'directory') {
    const why = `enter directory ${shown}: not a directory (ENOTDIR)`;
    return [
      finding('workdir-not-a-directory', cwd, {
        why,
        cause: `It is a ${node.kind}.`,
        fix: mender.configure('WORKDIR /'),
      }),
    ];
  }
  if (patient.may(node, 1)) return [];
  const cause = `Its mode is 0${node.mode.toString(8)}, and user ${patient.account.uid} may not enter it.`;
  const why = `enter directory ${shown}: permission denied (EACCES)`;
  return [finding('user-may-not-enter', cwd, { why, cause, fix: mender.setMode(cwd, node.mode | 0o555) })];
}

/** What VOLUME names. */
export function checkVolumes({ patient, mender }: CheckContext): Finding[] {
  return Object.keys(patient.config.Volumes ?? {}).flatMap((volume) => {
    const path = encodeText(volume);
    if (!volume.startsWith('/')) {
      const why = `invalid mount path: '${volume}' mount path must be absolute`;
      const fix = mender.configure(`VOLUME /${volume}`);
      return [finding('volume-relative', path, { why, cause: 'VOLUME wants an absolute path.', fix })];
    }
    const node = patient.tree.resolve(path)?.node;
    if (node === undefined || node.kind === 'directory') return [];
    const why = `mount ${volume}: not a directory`;
    const fix = mender.configure(`VOLUME ${volume.replace(/\/[^/]*$/, '') || '/data'}`);
    return [finding('volume-not-a-directory', path, { why, cause: `It is a ${node.kind} of the image.`, fix })];
  });
}

const MOUNT_POINTS: readonly (readonly [path: string, kind: 'directory' | 'file'])[] = [
  ['/proc', 'directory'],
  ['/sys', 'directory'],
  ['/dev', 'directory'],
  ['/etc', 'directory'],
  ['/etc/hosts', 'file'],
  ['/etc/hostname', 'file'],
  ['/etc/resolv.conf', 'file'],
];

/** Where every container has something of its own. */
export function checkMountPoints(context: CheckContext): Finding[] {
  return MOUNT_POINTS.flatMap(([path, wanted]) => {
    const node = context.patient.node(path);
    if (node === undefined || (node.kind === 'directory') === (wanted === 'directory')) return [];
    const why =
      path === '/etc'
        ? 'create file /etc/hosts: not a directory (ENOTDIR)'
        : `mount ${path.slice(1)} on ${path}: invalid argument (EINVAL)`;
    const cause = `It is a ${node.kind} in the image, and a container needs a ${wanted} there.`;
    return [finding('mount-point-blocked', path as ByteString, { why, cause, fix: removed(context, path) })];
  });
}

function removed(context: CheckContext, path: string): Fix {
  return context.mender.run(['rm', '-rf', path]) ?? withoutPath(context, path);
}

/** /tmp, for whoever runs. */
export function checkTmp({ patient, mender }: CheckContext): Finding[] {
  const path = '/tmp' as ByteString;
  const node = patient.node(path);
  if (node === undefined) {
    const fix = mender.makeDirectory(path, 0o1777);
    const cause = 'Programs that write temporary files fail.';
    return [finding('tmp-missing', path, { why: '/tmp: no such file or directory', cause, fix })];
  }
  if (node.kind !== 'directory' || (patient.may(node, 2) && patient.may(node, 1))) return [];
  const cause = `Its mode is 0${node.mode.toString(8)}, and user ${patient.account.uid} may not write there.`;
  return [
    finding('tmp-not-writable', path, {
      why: '/tmp/file: permission denied',
      cause,
      fix: mender.setMode(path, 0o1777),
    }),
  ];
}

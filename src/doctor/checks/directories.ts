import { type ByteString, decodeText, encodeText } from '../../bytes/index.ts';
import type { ProcessConfig } from '../../oci/index.ts';
import { type Finding, finding } from '../finding.ts';
import { blockedPlaces } from '../mount-points.ts';
import type { CheckContext } from './check.ts';
import { withConfig, withoutPath } from './without-path.ts';

/** The working directory. */
export function checkWorkdir({ patient, mender }: CheckContext): Finding[] {
  const { cwd } = patient;
  const node = patient.tree.resolve(cwd)?.node;
  const shown = decodeText(cwd);
  if (node === undefined) {
    const fix = mender.configure(`WORKDIR ${shown}`);
    const cause = 'It is not in the image; plinth run and Docker make it, empty and owned by root.';
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
export function checkVolumes(context: CheckContext): Finding[] {
  const { patient } = context;
  return Object.keys(patient.config.Volumes ?? {}).flatMap((volume) => {
    const path = encodeText(volume);
    if (!volume.startsWith('/')) {
      const why = `invalid mount path: '${volume}' mount path must be absolute`;
      const fix = withConfig(context, { ...patient.config, Volumes: replaced(patient.config, volume, `/${volume}`) });
      return [finding('volume-relative', path, { why, cause: 'VOLUME wants an absolute path.', fix })];
    }
    const node = patient.tree.resolve(path)?.node;
    if (node === undefined || node.kind === 'directory') return [];
    const why = `mount ${volume}: not a directory`;
    const parent = volume.replace(/\/[^/]*$/, '') || '/data';
    const fix = withConfig(context, { ...patient.config, Volumes: replaced(patient.config, volume, parent) });
    return [finding('volume-not-a-directory', path, { why, cause: `It is a ${node.kind} of the image.`, fix })];
  });
}

function replaced({ Volumes = {} }: ProcessConfig, volume: string, by: string): NonNullable<ProcessConfig['Volumes']> {
  return Object.fromEntries(Object.keys(Volumes).map((name) => [name === volume ? by : name, {}]));
}

/** Where every container has something of its own. */
export function checkMountPoints(context: CheckContext): Finding[] {
  return blockedPlaces(context.patient).map(({ path, kind, wanted }) => {
    const why =
      path === '/etc'
        ? 'create file /etc/hosts: not a directory (ENOTDIR)'
        : `mount ${path.slice(1)} on ${path}: invalid argument (EINVAL)`;
    const cause = `It is a ${kind} in the image, and a container needs a ${wanted} there.`;
    return finding('mount-point-blocked', path as ByteString, { why, cause, fix: withoutPath(context, path) });
  });
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

import type { ByteString } from '../../bytes/index.ts';
import { type Finding, finding } from '../finding.ts';
import { Patient } from '../patient.ts';
import type { CheckContext } from './check.ts';
import { planFindings } from './plan.ts';

/** What the kernel tries as process 1 (init/main.c). */
const INITS = ['/sbin/init', '/etc/init', '/bin/init', '/bin/sh'] as ByteString[];
const MOUNT_POINTS = ['/dev', '/proc', '/sys'] as ByteString[];

/** What a machine needs that boots from this file system. */
export function checkVm(context: CheckContext): Finding[] {
  return [...checkInit(context), ...checkMounts(context), ...checkResolver(context)];
}

function checkInit(context: CheckContext): Finding[] {
  const { patient, mender } = context;
  const init = INITS.find((path) => patient.tree.resolve(path) !== undefined);
  if (init === undefined) {
    const busybox = patient.where('busybox' as ByteString) ?? patient.where('sh' as ByteString);
    const path = '/sbin/init' as ByteString;
    const fix =
      busybox === undefined
        ? mender.fromHost([{ from: '/bin/busybox' as ByteString, to: path }])
        : mender.copyWithin(busybox, path);
    const why = 'Kernel panic - not syncing: No working init found';
    return [finding('init-missing', path, { why, cause: `Neither ${INITS.join(' nor ')} is there.`, fix })];
  }
  // A kernel starts it as root at /, without a PATH of anybody's.
  const machine = new Patient({ ...patient.facts, config: {}, command: [init], account: undefined });
  return planFindings({ patient: machine, mender }, machine.plan, machine.words);
}

function checkMounts({ patient, mender }: CheckContext): Finding[] {
  return MOUNT_POINTS.filter((path) => patient.node(path) === undefined).map((path) =>
    finding('vm-directory-missing', path, {
      why: `mount: mounting on ${path}: No such file or directory`,
      cause: 'Nobody makes it on a disk, as a container engine would.',
      fix: mender.makeDirectory(path, 0o755),
    }),
  );
}

function checkResolver({ patient, mender }: CheckContext): Finding[] {
  const path = '/etc/resolv.conf' as ByteString;
  if (patient.node(path) !== undefined) return [];
  const fix = mender.write(path, 'nameserver 1.1.1.1\n');
  return [
    finding('resolv-conf-missing', path, { why: "bad address 'example.org'", cause: 'No name server is named.', fix }),
  ];
}

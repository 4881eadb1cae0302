import type { Patient } from './patient.ts';

const MOUNT_POINTS: readonly (readonly [path: string, kind: 'directory' | 'file'])[] = [
  ['/proc', 'directory'],
  ['/sys', 'directory'],
  ['/dev', 'directory'],
  ['/etc', 'directory'],
  ['/etc/hosts', 'file'],
  ['/etc/hostname', 'file'],
  ['/etc/resolv.conf', 'file'],
];

/** A place where every container has something of its own, and the image something of the wrong kind. */
export interface BlockedPlace {
  readonly path: string;
  readonly kind: string;
  readonly wanted: 'directory' | 'file';
}

/** The places where nothing can be mounted: no container can be made of the image, and no RUN works on it. */
export function blockedPlaces(patient: Patient): BlockedPlace[] {
  return MOUNT_POINTS.flatMap(([path, wanted]) => {
    const kind = patient.node(path)?.kind;
    const fits = kind === undefined || (kind === 'directory') === (wanted === 'directory');
    return fits ? [] : [{ path, kind, wanted }];
  });
}

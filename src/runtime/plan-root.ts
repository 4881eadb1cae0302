import type { PlanOptions } from './plan.ts';
import type { RuntimeSpec } from './spec.ts';
import { AT_FDCWD, because, flags, into, type Step, slot, step } from './step.ts';

/** The directories of an overlay; it is mounted on `merged`. */
export interface OverlaySpec {
  /** Top first. */
  readonly lower: readonly string[];
  readonly upper: string;
  readonly work: string;
  readonly merged: string;
}

/** Descriptors for the overlay's directories begin here, above all that the program opens otherwise. */
const OVERLAY_FD = 100;

/** Steps that make the mount namespace private and the new root a mount. */
export function planRoot(spec: RuntimeSpec, options: PlanOptions): Step[] {
  const cutOff = because(
    'no mount made here reaches the host, none made there comes in',
    step('make mounts private', 'mount', null, '/', null, flags('MS_REC', 'MS_PRIVATE'), null),
  );
  const root = spec.root.path;
  if (options.overlay !== undefined) return [cutOff, ...planOverlay(options.overlay, options.userNamespace !== 'none')];
  return [
    cutOff,
    because(
      'pivot_root wants a mount',
      step(`bind root ${root}`, 'mount', root, root, null, flags('MS_BIND', 'MS_REC'), null),
    ),
  ];
}

/**
 * The overlay's directories are named by descriptor, relative to /proc/self/fd: four bytes each, where paths would
 * overrun the one page that the kernel takes as mount data, and would need `,` `:` and `\` escaped.
 */
function planOverlay(overlay: OverlaySpec, userNamespace: boolean): Step[] {
  const directories = [overlay.upper, overlay.work, ...overlay.lower];
  const name = (index: number) => OVERLAY_FD + index;
  const lower = overlay.lower.map((_, index) => name(index + 2)).join(':');
  // Off, because each leaves marks in the upper directory that only this very stack of layers explains. In a user
  // namespace the kernel never follows such marks, and refuses to be told so.
  const plain = userNamespace ? 'index=off,userxattr' : 'index=off,redirect_dir=off,metacopy=off';
  const data = `lowerdir=${lower},upperdir=${name(0)},workdir=${name(1)},${plain}`;
  return [
    ...directories.flatMap((path, index) => [
      into('overlay', step(`open ${path}`, 'openat', AT_FDCWD, path, flags('O_PATH', 'O_CLOEXEC'), 0)),
      step(`open ${path}`, 'dup3', slot('overlay'), name(index), flags('O_CLOEXEC')),
      step(`open ${path}`, 'close', slot('overlay')),
    ]),
    because('overlay directories are named by descriptor', step('enter /proc/self/fd', 'chdir', '/proc/self/fd')),
    step(`mount overlay on ${overlay.merged}`, 'mount', 'overlay', overlay.merged, 'overlay', 0, data),
    because(
      'a path of the image or its working directory may lead to /proc/self/fd, and from there to the host',
      step('close overlay directories', 'close_range', OVERLAY_FD, name(directories.length - 1), 0),
    ),
  ];
}

/** Steps that make the new root the only one. */
export function planEnterRoot(spec: RuntimeSpec): Step[] {
  return [
    step(`enter root ${spec.root.path}`, 'chdir', spec.root.path),
    because('the old root now lies upon the new one', step('pivot root', 'pivot_root', '.', '.')),
    because(
      'from here on no path and no link leads to the host',
      step('detach the old root', 'umount2', '.', flags('MNT_DETACH')),
    ),
    step('enter the new root', 'chdir', '/'),
  ];
}

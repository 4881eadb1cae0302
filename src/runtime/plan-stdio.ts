import type { PlanOptions } from './plan.ts';
import { DEVPTS_SLOT, planDevpts } from './plan-mounts.ts';
import { ensureEmptyFile } from './plan-paths.ts';
import { askParent, REQUEST, requestMessage } from './plan-start.ts';
import type { RuntimeSpec } from './spec.ts';
import { AT_FDCWD, allowing, because, bytes, flags, into, named, type Step, slot, slotPointer, step } from './step.ts';

/** The standard streams: steps before the clone, steps inside, and their variables. */
export interface StdioPlan {
  readonly outer: readonly Step[];
  readonly init: readonly Step[];
  readonly slots: readonly (readonly [name: string, initial: Uint8Array])[];
}

// The request `stdio` as the parent reads it: {u32 request, u32 openStdio}, then for each stream
// {u32 reading end, u32 writing end}, zeros where there is no pipe.
const STDIO_SLOT = 'stdio';
const HEADER_BYTES = 8;
const STREAM_BYTES = 8;
/** Bytes of a `stdio` request. */
export const STDIO_REQUEST_BYTES: number = HEADER_BYTES + 3 * STREAM_BYTES;

const STREAMS = ['stdin', 'stdout', 'stderr'] as const;

/**
 * Streams without a terminal.
 *
 * Pipes are made here and opened by the parent through /proc, because Node would make socket pairs, and a container
 * that opens /dev/stdout again then fails with ENXIO.
 */
export function planStdio(spec: RuntimeSpec, options: PlanOptions): StdioPlan {
  const piped = STREAMS.filter((_, fd) => options.stdio[fd] === 'pipe');
  const outer = piped.map((name) => {
    const at = HEADER_BYTES + STREAMS.indexOf(name) * STREAM_BYTES;
    return step(`create pipe for ${name}`, 'pipe2', slotPointer(STDIO_SLOT, at), flags('O_CLOEXEC'));
  });
  return {
    outer: piped.length === 0 ? [] : [...outer, ...askParent(STDIO_SLOT, STDIO_REQUEST_BYTES)],
    init: STREAMS.flatMap((name, fd) => planStream(name, fd, spec, options)),
    slots: piped.length === 0 ? [] : [[STDIO_SLOT, requestMessage(REQUEST.openStdio, 3 * STREAM_BYTES)]],
  };
}

function planStream(name: string, fd: number, spec: RuntimeSpec, options: PlanOptions): Step[] {
  const mode = options.stdio[fd];
  if (mode === 'pipe') {
    const end = HEADER_BYTES + fd * STREAM_BYTES + (fd === 0 ? 0 : 4);
    const { uid } = spec.process.user;
    return [
      step(`connect ${name}`, 'dup3', slot(STDIO_SLOT, { offsetBytes: end, sizeBytes: 4 }), fd, 0),
      ...(uid === 0 ? [] : [ownStream(name, fd, uid)]),
    ];
  }
  if (mode !== 'null') return [];
  return [
    because(
      "the container's own: through the host's it could change that file",
      into('null', step(`connect ${name}`, 'openat', AT_FDCWD, 'null', flags('O_RDWR', 'O_CLOEXEC'), 0)),
    ),
    step(`connect ${name}`, 'dup3', slot('null'), fd, 0),
    step(`connect ${name}`, 'close', slot('null')),
  ];
}

/**
 * A terminal: the parent opens its master end in the container's own devpts, so that inside it has a name there.
 *
 * Node cannot receive a descriptor, but the program can take one from it; the parent answers with its number.
 */
export function planTerminal(spec: RuntimeSpec, options: PlanOptions): StdioPlan {
  const { rows, columns } = options.terminalSize ?? { rows: 24, columns: 80 };
  const what = 'open terminal';
  const peer = flags('O_RDWR', 'O_NOCTTY', 'O_CLOEXEC');
  return {
    outer: [
      ...planDevpts(spec, options),
      step(what, 'dup3', slot(DEVPTS_SLOT), DEVPTS_FD, flags('O_CLOEXEC')),
      ...askParent(STDIO_SLOT, STDIO_REQUEST_BYTES),
      into('parent', step(what, 'pidfd_open', options.parentPid, 0)),
      into('master', step(what, 'pidfd_getfd', slot('parent'), slot('answer'), 0)),
      step('unlock terminal', 'ioctl', slot('master'), flags('TIOCSPTLCK'), bytes('0', new Uint8Array(4))),
      step('size terminal', 'ioctl', slot('master'), flags('TIOCSWINSZ'), windowSize(rows, columns)),
      into('terminal', step(what, 'ioctl', slot('master'), flags('TIOCGPTPEER'), peer)),
      because('the parent alone holds this end', step('leave the master end', 'close', slot('master'))),
    ],
    init: [
      step('take control of the terminal', 'ioctl', slot('terminal'), flags('TIOCSCTTY'), 0),
      ...STREAMS.map((name, fd) => step(`connect ${name}`, 'dup3', slot('terminal'), fd, 0)),
      ...(spec.process.user.uid === 0 ? [] : [ownStream('terminal', 0, spec.process.user.uid)]),
      ...planConsole(),
    ],
    slots: [[STDIO_SLOT, requestMessage(REQUEST.openStdio, 3 * STREAM_BYTES)]],
  };
}

/** Where the parent finds the devpts mount: /proc/<pid>/fd of the program. */
export const DEVPTS_FD = 90;

/** The terminal is the first of its devpts, hence number 0. The working directory is /dev. */
function planConsole(): Step[] {
  const what = 'bind terminal on /dev/console';
  return [
    ensureEmptyFile('console', 0o600),
    into('console', step(what, 'open_tree', AT_FDCWD, 'pts/0', flags('OPEN_TREE_CLONE', 'OPEN_TREE_CLOEXEC'))),
    step(what, 'move_mount', slot('console'), '', AT_FDCWD, 'console', flags('MOVE_MOUNT_F_EMPTY_PATH')),
  ];
}

/** An id that is not mapped is reported where the user is set. */
function ownStream(name: string, fd: number, uid: number): Step {
  const own = step(`own ${name}`, 'fchown', fd, uid, named('-1', -1));
  return because('or its user cannot open /dev/std… again', allowing(['EINVAL'], own));
}

/** `struct winsize`. */
function windowSize(rows: number, columns: number): ReturnType<typeof bytes> {
  return bytes(`{${rows}, ${columns}}`, new Uint8Array(new Uint16Array([rows, columns, 0, 0]).buffer));
}

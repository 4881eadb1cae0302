import type { KernelName } from './kernel.ts';
import type { PlanOptions } from './plan.ts';
import { because, bytes, flags, into, named, type Step, slot, slotPointer, step, words } from './step.ts';

/** The descriptor over which the program reports to its parent and waits for it. */
export const STATUS_FD = 3;
/** The descriptor by which process 1 sees whether the outer process lives. */
export const ALIVE_FD = 4;
/** The end of a range of descriptors. */
export const LAST_FD = 0xffff_ffff;
/** What the outer process is told by when its parent dies: nothing else sends it. */
export const PARENT_DIED_SIGNAL = 64;
/** Bytes of a message from the program: {u32 kind, u32 step, i64 value}; a request carries more. */
export const MESSAGE_BYTES = 16;
/** First word of a message on the status descriptor. */
export const MESSAGE = { request: 1, started: 2, failed: 3, exited: 4, interpreterMissing: 5 } as const;
/** What a request asks the parent to do before it answers with eight bytes. */
export const REQUEST = { mapIds: 1, openStdio: 2 } as const;

const POLLIN = 1;
const SIGNAL_SET_BYTES = 8;

/** The start of the outer process, and the variables that it uses. */
export interface OuterPlan {
  readonly steps: readonly Step[];
  readonly slots: readonly (readonly [name: string, initial: Uint8Array])[];
}

/** Steps that tie the program to its parent, and enter a user namespace if asked to. */
export function planOuter(options: PlanOptions): OuterPlan {
  const create = options.userNamespace === 'create';
  return {
    steps: [
      because(
        'what our own starter left open must not reach the container',
        step('close inherited descriptors', 'close_range', STATUS_FD + 1, LAST_FD, 0),
      ),
      because(
        'a ^C meant for the container must not end the process that waits for it',
        step('block signals', 'rt_sigprocmask', flags('SIG_BLOCK'), allSignals, null, SIGNAL_SET_BYTES),
      ),
      ...planParentDeath(options.parentPid),
      ...(create ? [...planUserNamespace(), parentDeathSignal(PARENT_DIED_SIGNAL)] : []),
      into('self', step('find own process id', 'getpid')),
      into('alive', step('watch the outer process', 'pidfd_open', slot('self'), 0), { sizeBytes: 4 }),
    ],
    slots: [['alive', pollFor(POLLIN)], ...(create ? ([['map-ids', requestMessage(REQUEST.mapIds)]] as const) : [])],
  };
}

/** Steps that end a process when `parentPid` does, also if it already has. */
export function planParentDeath(parentPid: number, signal: number = PARENT_DIED_SIGNAL): Step[] {
  return [
    parentDeathSignal(signal),
    because('the parent may have died before that call', {
      ...step('check the parent', 'getppid'),
      expect: parentPid,
    }),
  ];
}

/** Where a user namespace is made. */
export interface UserNamespacePlace {
  /** Further namespaces. */
  readonly with?: readonly KernelName[];
  readonly statusFd?: number;
}

/** The variable that {@link planUserNamespace} uses. */
export const mapIdsSlot: readonly [name: string, initial: Uint8Array] = ['map-ids', requestMessage(REQUEST.mapIds)];

/** Steps that make a user namespace and become its uid 0 once the parent has written the id maps. */
export function planUserNamespace(place: UserNamespacePlace = {}): Step[] {
  return [
    step('create user namespace', 'unshare', flags('CLONE_NEWUSER', ...(place.with ?? []))),
    ...askParent('map-ids', 8, place.statusFd),
    step('become root of the user namespace', 'setresgid', 0, 0, 0),
    step('become root of the user namespace', 'setresuid', 0, 0, 0),
  ];
}

/** The first steps inside. */
export function planChild(): Step[] {
  return [
    ...planOuterAlive(),
    because('a session of its own: signals of our terminal reach us alone', step('create session', 'setsid')),
    because('or mknod and mkdir lose bits', step('clear umask', 'umask', 0)),
  ];
}

/** Steps that end the container when the outer process does, also if it already has. */
export function planOuterAlive(): Step[] {
  const noTime = words('{0, 0}', [0, 0]);
  return [
    parentDeathSignal(9),
    because('the outer process may have died before that call', {
      ...step('check the outer process', 'ppoll', slotPointer('alive'), 1, noTime, null, SIGNAL_SET_BYTES),
      expect: 0,
    }),
  ];
}

/** Sends the message in slot `message` to the parent and waits for its answer, eight bytes in slot `answer`. */
export function askParent(message: string, sizeBytes: number, statusFd: number = STATUS_FD): Step[] {
  return [
    step('ask the parent', 'write', statusFd, slotPointer(message), sizeBytes),
    { ...step('wait for the parent', 'read', statusFd, slotPointer('answer'), 8), expect: 8 },
  ];
}

/** A request as it lies in memory, with `room` further bytes that steps fill. */
export function requestMessage(request: number, room = 0): Uint8Array {
  const message = Buffer.alloc(8 + room);
  message.writeUInt32LE(MESSAGE.request, 0);
  message.writeUInt32LE(request, 4);
  return message;
}

const allSignals = words('all', [-1]);

/** The step that asks for a signal when the parent thread ends. */
export function parentDeathSignal(signal: number): Step {
  const name = named(signal === 9 ? 'SIGKILL' : 'SIGRTMAX', signal);
  return step('follow the parent in death', 'prctl', flags('PR_SET_PDEATHSIG'), name, 0, 0, 0);
}

/** `struct pollfd` with the descriptor to be filled in. */
function pollFor(events: number): Uint8Array {
  const poll = Buffer.alloc(8);
  poll.writeInt16LE(events, 4);
  return poll;
}

/** The step that gives the command an empty signal mask. */
export const unblockSignals: Step = step(
  'unblock signals',
  'rt_sigprocmask',
  flags('SIG_SETMASK'),
  bytes('none', new Uint8Array(SIGNAL_SET_BYTES)),
  null,
  SIGNAL_SET_BYTES,
);

import { existsSync, statSync } from 'node:fs';
import { type Machine, machineOf } from '../elf/index.ts';
import { PlinthError } from '../errors/index.ts';
import { compilePlan } from './compile-plan.ts';
import { type Container, type ContainerExit, createContainer, decodeWaitStatus } from './container-process.ts';
import { type IdMaps, writeIdMaps } from './id-maps.ts';
import { closeStreams, type OpenedStreams, openStreams } from './open-streams.ts';
import { type Plan, planContainer, type StreamPlan } from './plan.ts';
import type { OverlaySpec } from './plan-root.ts';
import type { RuntimeErrorCode } from './runtime-error.ts';
import { setupError } from './setup-error.ts';
import type { RuntimeSpec } from './spec.ts';
import { type StartedProgram, startProgram } from './start-program.ts';
import { answerRequest, readStatus, type StatusMessage } from './status-channel.ts';
import type { Step } from './step.ts';

/** A standard stream: ours, a new pipe, nothing, or one of our descriptors. */
export type StreamMode = 'inherit' | 'pipe' | 'ignore' | number;

/** What {@link startContainer} needs. */
export interface StartOptions {
  readonly spec: RuntimeSpec;
  /** Mounted on `spec.root.path` inside the container's mount namespace alone. */
  readonly overlay?: OverlaySpec | undefined;
  /** Takes the start program for a moment; not mounted noexec. */
  readonly directory: string;
  /** stdin, stdout, stderr; a terminal, if the specification asks for one, replaces them. */
  readonly stdio: StreamMode | readonly [StreamMode, StreamMode, StreamMode];
  /** The size of the terminal. */
  readonly terminalSize?: { readonly rows: number; readonly columns: number } | undefined;
  /** Where this process stands: real root, uid 0 of a user namespace, or a user for whom one is made with these maps. */
  readonly user: 'root' | 'namespace-root' | IdMaps;
  /** The user namespace maps a single id. */
  readonly singleId?: boolean;
}

/**
 * Starts a container and resolves when its command runs.
 *
 * Process 1 is killed when this process dies, however it dies, and with it everything in the container: its mounts are
 * in its own namespace and go with it. Call it from the main thread: the kernel watches the spawning thread.
 *
 * @throws PlinthError `runtime-spec-invalid`, `runtime-spec-unsupported`, `runtime-unsupported-machine`,
 *   `runtime-directory-noexec`, `container-setup-failed`, `container-died-early`, `command-not-found`,
 *   `command-not-executable`, `command-interpreter-missing`; `details.status` is the exit status to give
 */
export async function startContainer(options: StartOptions): Promise<Container> {
  const modes = streamModes(options.stdio);
  const { elf, steps } = compilePlan(planStart(options));
  const terminal = options.spec.process.terminal === true;
  const inherited = modes.map((mode, fd) => (terminal ? 'ignore' : spawnMode(mode, fd)));
  return await watchStart(await startProgram(elf, options.directory, inherited), options, steps);
}

/** The plan that {@link startContainer} performs, for display. */
export function planStart(options: StartOptions): Plan {
  const { user } = options;
  const [stdin, stdout, stderr] = streamModes(options.stdio);
  return planContainer(options.spec, {
    machine: hostMachine(),
    parentPid: process.pid,
    overlay: options.overlay,
    userNamespace: user === 'root' ? 'none' : user === 'namespace-root' ? 'inside' : 'create',
    singleId: options.singleId ?? (typeof user === 'object' && user.kind === 'single'),
    stdio: [streamPlan(stdin), streamPlan(stdout), streamPlan(stderr)],
    terminalSize: options.terminalSize,
    isDirectory: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? true,
    unifiedCgroups: existsSync('/sys/fs/cgroup/cgroup.controllers'),
  });
}

/** @throws PlinthError `runtime-unsupported-machine` */
export function hostMachine(): Machine {
  const machine = machineOf(process.arch);
  if (machine !== undefined) return machine;
  throw new PlinthError<RuntimeErrorCode>(`start container: the embedded runtime does not know ${process.arch}`, {
    code: 'runtime-unsupported-machine',
    hint: 'Plinth runs containers on x86-64 and arm64; it builds everything else without RUN on any machine.',
    details: { architecture: process.arch },
  });
}

/** Follows a start program from its first request to its end. */
function watchStart(program: StartedProgram, options: StartOptions, steps: readonly Step[]): Promise<Container> {
  const started = Promise.withResolvers<Container>();
  const exited = Promise.withResolvers<ContainerExit>();
  let streams: OpenedStreams = {};
  let exit: ContainerExit | undefined;
  let failure: unknown;
  const respond = async (request: () => number | undefined | Promise<undefined>) => {
    try {
      answerRequest(program.status, await request());
    } catch (error) {
      failure = error;
      program.process.kill('SIGKILL');
    }
  };
  const receive = (message: StatusMessage) => {
    switch (message.kind) {
      case 'map-ids':
        return respond(() => mapIds(program.pid, options.user));
      case 'open-stdio':
        return respond(() => {
          streams = openStreams(program.pid, message.pipes, options.spec.process.terminal === true);
          return streams.terminalFd;
        });
      case 'started':
        // After a failure the program reports a start all the same: process 1 is gone then.
        return failure ?? started.resolve(createContainer(message.pid, streams, exited.promise));
      case 'exited':
        exit = decodeWaitStatus(message.waitStatus);
        return undefined;
      default:
        failure ??= setupError(message, steps);
        return undefined;
    }
  };
  const end = () => {
    // The program is gone and everything in the container with it. Without a last word from it, it was killed.
    exited.resolve(exit ?? { status: 137, signal: 'SIGKILL' });
    if (failure !== undefined) closeStreams(streams);
    started.reject(failure ?? diedEarly());
  };
  readStatus(program.status, (message) => void receive(message), end);
  return started.promise;
}

function mapIds(pid: number, user: StartOptions['user']): Promise<undefined> | undefined {
  return typeof user === 'object' ? writeIdMaps(pid, user) : undefined;
}

function diedEarly(): PlinthError<RuntimeErrorCode> {
  return new PlinthError('start container: the start program was killed', {
    code: 'container-died-early',
    details: { status: 125 },
  });
}

function streamModes(stdio: StartOptions['stdio']): readonly [StreamMode, StreamMode, StreamMode] {
  return typeof stdio === 'object' ? stdio : [stdio, stdio, stdio];
}

function streamPlan(mode: StreamMode): StreamPlan {
  if (mode === 'pipe') return 'pipe';
  return mode === 'ignore' ? 'null' : 'inherit';
}

/** What the start program itself gets: pipes and /dev/null are made in it. */
function spawnMode(mode: StreamMode, fd: number): number | 'ignore' {
  if (typeof mode === 'number') return mode;
  return mode === 'inherit' ? fd : 'ignore';
}

import type { ChildProcess } from 'node:child_process';
import { encodeProgram } from '../elf/index.ts';
import { PlinthError } from '../errors/index.ts';
import { type IdMaps, writeIdMaps } from './id-maps.ts';
import { PlanProgram } from './plan-program.ts';
import { mapIdsSlot, parentDeathSignal, planParentDeath, planUserNamespace } from './plan-start.ts';
import type { RuntimeErrorCode } from './runtime-error.ts';
import { setupError } from './setup-error.ts';
import { hostMachine } from './start-container.ts';
import { type ProgramStream, startProgram } from './start-program.ts';
import { answerRequest, readStatus } from './status-channel.ts';
import { flags, type Step, step } from './step.ts';

/** A program to run as root of a new user namespace. */
export interface UserNamespaceOptions {
  /** The program by absolute path, and its arguments. */
  readonly argv: readonly string[];
  /** Exactly its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Its descriptors from 0 on; with `ipc` the child speaks to `process.send` of a Node program. */
  readonly stdio: readonly ProgramStream[];
  readonly ids: IdMaps;
  /** Takes the start program for a moment; not mounted noexec. */
  readonly directory: string;
}

const SIGKILL = 9;

/**
 * Runs a program as uid 0 of a new user and mount namespace, and resolves when it runs.
 *
 * It is killed when this process dies. Call it from the main thread.
 *
 * @throws PlinthError `user-namespace-failed`, `command-not-found`, `command-not-executable`,
 *   `runtime-directory-noexec`, `runtime-unsupported-machine`, `container-died-early`
 */
export async function enterUserNamespace(options: UserNamespaceOptions): Promise<ChildProcess> {
  const { elf, steps } = compileEnter(options);
  const program = await startProgram(elf, options.directory, options.stdio);
  const entered = Promise.withResolvers<ChildProcess>();
  let failure: unknown;
  const mapIds = async () => {
    try {
      await writeIdMaps(program.pid, options.ids);
      answerRequest(program.status);
    } catch (error) {
      failure = error;
      program.process.kill('SIGKILL');
    }
  };
  let killed = false;
  program.process.once('exit', () => {
    killed = true;
  });
  readStatus(
    program.status,
    (message) => {
      if (message.kind === 'map-ids') void mapIds();
      else if (message.kind === 'failed' || message.kind === 'interpreter-missing')
        failure ??= enterError(setupError(message, steps));
    },
    () => {
      // The program closes its end by becoming the command.
      if (failure !== undefined) entered.reject(failure);
      else if (killed)
        entered.reject(
          new PlinthError<RuntimeErrorCode>('enter user namespace: the program was killed', {
            code: 'container-died-early',
          }),
        );
      else entered.resolve(program.process);
    },
  );
  return await entered.promise;
}

function compileEnter(options: UserNamespaceOptions): { elf: Buffer; steps: readonly Step[] } {
  const statusFd = options.stdio.length;
  const program = new PlanProgram(new Map([mapIdsSlot]), statusFd);
  for (const each of [
    ...planParentDeath(process.pid, SIGKILL),
    ...planUserNamespace({ with: ['CLONE_NEWNS'], statusFd }),
    parentDeathSignal(SIGKILL),
    step('close status descriptor', 'close_range', statusFd, statusFd, flags('CLOSE_RANGE_CLOEXEC')),
  ]) {
    program.step(each);
  }
  const [path = '', ...args] = options.argv;
  program.command({ paths: [path], args: [path, ...args], env: environment(options) });
  return { elf: encodeProgram(program.finish(), hostMachine()), steps: program.steps };
}

/** With `ipc` Node tells its child the channel by these variables; the program's environment does not pass through. */
function environment({ env, stdio }: UserNamespaceOptions): string[] {
  const channel = stdio.indexOf('ipc');
  const ipc = channel < 0 ? {} : { NODE_CHANNEL_FD: String(channel), NODE_CHANNEL_SERIALIZATION_MODE: 'json' };
  return Object.entries({ ...env, ...ipc }).map(([name, value]) => `${name}=${value}`);
}

function enterError(error: PlinthError<RuntimeErrorCode>): PlinthError<RuntimeErrorCode> {
  if (error.code !== 'container-setup-failed') return error;
  return new PlinthError<RuntimeErrorCode>(error.message, {
    code: 'user-namespace-failed',
    hint: error.hint,
    details: error.details,
    cause: error,
  });
}

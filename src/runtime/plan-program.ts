import { type Address, loaded, type Operand, Program, within } from '../elf/index.ts';
import { KERNEL } from './kernel.ts';
import type { CommandPlan } from './plan.ts';
import { LAST_FD, MESSAGE, MESSAGE_BYTES, PARENT_DIED_SIGNAL, STATUS_FD } from './plan-start.ts';
import { type Argument, AT_FDCWD, ERRNO, type OnError, type Step, step } from './step.ts';

/** Exit statuses of a process that never became the command; the parent goes by the messages. */
const SETUP_FAILED = 125;
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;
const EACCES = 13;
const SIGNAL_SET_BYTES = 8;

/** Steps as a program, with the fixed parts around them. */
export class PlanProgram {
  readonly steps: Step[] = [];
  readonly #program = new Program();
  readonly #slots = new Map<string, Address>();
  readonly #initial: ReadonlyMap<string, Uint8Array>;
  #labels = 0;

  readonly #statusFd: number;

  constructor(slots: ReadonlyMap<string, Uint8Array>, statusFd: number = STATUS_FD) {
    this.#initial = slots;
    this.#statusFd = statusFd;
    // What clone returns lands in the message that tells of it.
    this.#slots.set('pid', within(this.#program.bytes(message(MESSAGE.started)), 8));
  }

  /** One call with its checks. */
  step(each: Step): void {
    const index = this.steps.push(each) - 1;
    this.#program.add({ kind: 'step', index });
    this.#call(each.call, ...each.args.map((argument) => this.#operand(argument)));
    if (each.into !== undefined) {
      const to = within(this.#slot(each.into.slot), each.into.offsetBytes);
      this.#program.add({ kind: 'store', to, value: 'result', sizeBytes: each.into.sizeBytes });
    }
    if (each.expect !== undefined) this.branchIfResult('not-equal', each.expect, 'end');
    else if (each.onError === 'fail') this.branchIfResult('less', 0, 'fail');
    else if (each.onError !== 'ignore') this.#allow(each.onError);
  }

  label(name: string): void {
    this.#program.add({ kind: 'label', name });
  }

  branchIfResult(when: 'equal' | 'not-equal' | 'less', right: number, label: string): void {
    this.#program.add({ kind: 'branch', left: 'result', when, right, label });
  }

  /** The outer process: reports the start, then waits for the end of process 1 or of its own parent. */
  waitForInit(): void {
    const pid = this.#slot('pid');
    const exited = this.#program.bytes(message(MESSAGE.exited));
    const status = within(exited, 8);
    const events = this.#program.bytes(signalSet(KERNEL.SIGCHLD, PARENT_DIED_SIGNAL));
    this.#call('write', this.#statusFd, within(pid, -8), MESSAGE_BYTES);
    this.#call('close_range', this.#statusFd + 1, LAST_FD, 0);
    this.label('wait');
    this.#call('rt_sigtimedwait', events, 0, 0, SIGNAL_SET_BYTES);
    this.branchIfResult('not-equal', PARENT_DIED_SIGNAL, 'reap');
    this.#call('kill', loaded(pid), KERNEL.SIGKILL);
    this.label('reap');
    this.#call('wait4', loaded(pid), status, KERNEL.WNOHANG, 0);
    this.branchIfResult('equal', 0, 'wait');
    this.#call('write', this.#statusFd, exited, MESSAGE_BYTES);
    this.#call('exit_group', loaded(within(status, 1), 1));
  }

  /** The command: each path in turn, remembering why one that exists did not run. */
  command(command: CommandPlan): void {
    const args = this.#table(command.args);
    const env = this.#table(command.env);
    const refusal = this.#program.zeros(MESSAGE_BYTES);
    for (const path of command.paths) {
      const next = this.#newLabel();
      const notThere = this.#newLabel();
      this.#program.add({ kind: 'step', index: this.steps.push(step(`execute ${path}`, 'execve', path)) - 1 });
      this.#call('execve', this.#program.string(path), args, env);
      this.branchIfResult('equal', -ERRNO.ENOENT, notThere);
      this.branchIfResult('equal', -ERRNO.ENOTDIR, next);
      this.branchIfResult('not-equal', -EACCES, 'fail-command');
      this.#remember(refusal, MESSAGE.failed);
      this.#program.add({ kind: 'jump', label: next });
      this.label(notThere);
      // A file that is there and yet ENOENT: its interpreter or loader is what does not exist.
      this.#call('faccessat', AT_FDCWD.value, this.#program.string(path), KERNEL.F_OK);
      this.branchIfResult('less', 0, next);
      this.#remember(refusal, MESSAGE.interpreterMissing);
      this.label(next);
    }
    this.#commandFailed(refusal);
  }

  /** Appends where failed steps and silent ends lead. */
  finish(): Program {
    this.#call('exit_group', 0);
    this.label('fail');
    this.#reportFailure();
    this.label('end');
    this.#call('exit_group', SETUP_FAILED);
    return this.#program;
  }

  #commandFailed(refusal: Address): void {
    const kind = loaded(refusal, 4);
    this.#program.add({ kind: 'branch', left: kind, when: 'equal', right: 0, label: 'not-found' });
    this.#call('write', this.#statusFd, refusal, MESSAGE_BYTES);
    this.#program.add({ kind: 'branch', left: kind, when: 'equal', right: MESSAGE.failed, label: 'not-executable' });
    this.#call('exit_group', NOT_FOUND);
    this.label('not-found');
    this.#program.add({ kind: 'set', to: within(refusal, 8), value: -ERRNO.ENOENT });
    this.#program.add({ kind: 'set', to: refusal, value: MESSAGE.failed });
    this.#program.add({ kind: 'store', to: within(refusal, 4), value: 'step', sizeBytes: 4 });
    this.#call('write', this.#statusFd, refusal, MESSAGE_BYTES);
    this.#call('exit_group', NOT_FOUND);
    this.label('fail-command');
    this.#reportFailure();
    this.label('not-executable');
    this.#call('exit_group', NOT_EXECUTABLE);
  }

  #remember(refusal: Address, kind: number): void {
    this.#program.add({ kind: 'store', to: within(refusal, 8), value: 'result', sizeBytes: 8 });
    this.#program.add({ kind: 'set', to: refusal, value: kind });
    this.#program.add({ kind: 'store', to: within(refusal, 4), value: 'step', sizeBytes: 4 });
  }

  #reportFailure(): void {
    const message = this.#program.zeros(MESSAGE_BYTES);
    this.#remember(message, MESSAGE.failed);
    this.#call('write', this.#statusFd, message, MESSAGE_BYTES);
  }

  #allow(errors: Exclude<OnError, string>): void {
    const next = this.#newLabel();
    for (const name of errors) this.branchIfResult('equal', -ERRNO[name], next);
    this.branchIfResult('less', 0, 'fail');
    this.label(next);
  }

  #call(name: string, ...args: readonly Operand[]): void {
    this.#program.add({ kind: 'syscall', name, args });
  }

  #operand(argument: Argument): Operand {
    if (argument === null) return 0;
    if (typeof argument === 'number') return argument;
    if (typeof argument === 'string') return this.#program.string(argument);
    switch (argument.kind) {
      case 'flags':
        return argument.value;
      case 'bytes':
        return this.#program.struct(
          argument.value,
          (argument.pointers ?? []).map(([offsetBytes, to]) => [offsetBytes, this.#program.bytes(to)] as const),
        );
      case 'slot': {
        const at = within(this.#slot(argument.slot), argument.offsetBytes);
        return argument.as === 'pointer' ? at : loaded(at, argument.sizeBytes);
      }
    }
  }

  #slot(name: string): Address {
    const known = this.#slots.get(name);
    if (known !== undefined) return known;
    const address = this.#program.bytes(this.#initial.get(name) ?? new Uint8Array(8));
    this.#slots.set(name, address);
    return address;
  }

  #table(texts: readonly string[]): Address {
    return this.#program.table(texts.map((text) => this.#program.string(text)));
  }

  #newLabel(): string {
    this.#labels += 1;
    return `next ${this.#labels}`;
  }
}

/** A message to the parent before its value is known. */
function message(kind: number): Uint8Array {
  const bytes = Buffer.alloc(MESSAGE_BYTES);
  bytes.writeUInt32LE(kind, 0);
  return bytes;
}

function signalSet(...signals: readonly number[]): Uint8Array {
  const set = Buffer.alloc(SIGNAL_SET_BYTES);
  set.writeBigUInt64LE(signals.reduce((bits, signal) => bits | (1n << BigInt(signal - 1)), 0n));
  return set;
}

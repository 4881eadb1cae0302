import { KERNEL, type KernelName } from './kernel.ts';

/** An argument of a step. A string is passed as a pointer to its NUL-terminated UTF-8, null as a null pointer. */
export type Argument = number | string | null | FlagsArgument | BytesArgument | SlotArgument;

/** Kernel constants that keep their names for display. */
export interface FlagsArgument {
  readonly kind: 'flags';
  readonly value: number;
  readonly text: string;
}

/** A pointer to bytes; `pointers` are offsets in them that hold the address of further bytes. */
export interface BytesArgument {
  readonly kind: 'bytes';
  readonly value: Uint8Array;
  readonly text: string;
  readonly pointers?: readonly (readonly [offsetBytes: number, to: Uint8Array])[];
}

/** A variable that an earlier step filled: its value, or a pointer to it. */
export interface SlotArgument {
  readonly kind: 'slot';
  readonly slot: string;
  readonly as: 'value' | 'pointer';
  readonly offsetBytes: number;
  readonly sizeBytes: 4 | 8;
}

/** What a failed step means: the end, nothing, or nothing if the error is one of these. */
export type OnError = 'fail' | 'ignore' | readonly ErrorName[];
/** The errors that a plan can allow, with the numbers they have on every machine we encode for. */
export const ERRNO = { ENOENT: 2, EEXIST: 17, ENOTDIR: 20, EINVAL: 22 } as const;
export type ErrorName = keyof typeof ERRNO;

/** One system call of a plan. */
export interface Step {
  readonly call: string;
  readonly args: readonly Argument[];
  /** Verb and object, the head of the error message if the call fails: `mount proc on /proc`. */
  readonly what: string;
  readonly onError: OnError;
  /** The slot that keeps what the call returned. */
  readonly into?: { readonly slot: string; readonly offsetBytes: number; readonly sizeBytes: 4 | 8 };
  /** The one result with which the program goes on; with any other it ends without a word. */
  readonly expect?: number;
  /** The reason for the step or for its place, where its name does not say it. */
  readonly why?: string;
}

/** A step that must succeed. */
export function step(what: string, call: string, ...args: readonly Argument[]): Step {
  return { call, args, what, onError: 'fail' };
}

/** `step` with its reason. */
export function because(why: string, step: Step): Step {
  return { ...step, why };
}

/** `step` whose failure means nothing, or nothing for these errors. */
export function allowing(onError: Exclude<OnError, 'fail'>, step: Step): Step {
  return { ...step, onError };
}

/** `step` whose result is kept. */
export function into(slot: string, step: Step, place: { offsetBytes?: number; sizeBytes?: 4 | 8 } = {}): Step {
  return { ...step, into: { slot, offsetBytes: place.offsetBytes ?? 0, sizeBytes: place.sizeBytes ?? 8 } };
}

/** Kernel constants joined by or. */
export function flags(...names: readonly KernelName[]): FlagsArgument {
  return {
    kind: 'flags',
    value: names.reduce((value, name) => (value | KERNEL[name]) >>> 0, 0),
    text: names.join('|') || '0',
  };
}

/** A number shown by name. */
export function named(text: string, value: number): FlagsArgument {
  return { kind: 'flags', value, text };
}

/** A pointer to `value`, shown as `text`. */
export function bytes(text: string, value: Uint8Array): BytesArgument {
  return { kind: 'bytes', value, text };
}

/** A pointer to little-endian 64-bit words, shown as `text`. */
export function words(text: string, values: readonly (number | bigint)[]): BytesArgument {
  return bytes(text, new Uint8Array(BigUint64Array.from(values, (value) => BigInt.asUintN(64, BigInt(value))).buffer));
}

/** The value of a slot. */
export function slot(name: string, place: { offsetBytes?: number; sizeBytes?: 4 | 8 } = {}): SlotArgument {
  return {
    kind: 'slot',
    slot: name,
    as: 'value',
    offsetBytes: place.offsetBytes ?? 0,
    sizeBytes: place.sizeBytes ?? 8,
  };
}

/** A pointer to a slot. */
export function slotPointer(name: string, offsetBytes = 0): SlotArgument {
  return { kind: 'slot', slot: name, as: 'pointer', offsetBytes, sizeBytes: 8 };
}

/** `AT_FDCWD`: paths begin at the working directory or the root. */
export const AT_FDCWD: FlagsArgument = named('AT_FDCWD', -100);

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PlinthError, systemErrorCode } from '../errors/index.ts';
import { removeTree } from '../host/index.ts';
import { type Store, writing } from '../store/index.ts';
import type { ContainerErrorCode } from './error.ts';

/** Where a container is in its life. */
export type ContainerStatus = 'created' | 'running' | 'exited';

/** What is known of a container; kept as `container.json` in its directory. */
export interface ContainerRecord {
  /** 64 hex digits. */
  readonly id: string;
  readonly name: string;
  /** What the user called the image, and the digest of its config. */
  readonly image: string;
  readonly imageId: string;
  readonly diffIds: readonly string[];
  readonly args: readonly string[];
  /** ms since 1970. */
  readonly createdMs: number;
  readonly status: ContainerStatus;
  /** The process that waits for the container, with its start time in clock ticks after boot (proc(5), stat field 22). */
  readonly keeper?: ProcessMark;
  /** ms since 1970. */
  readonly startedMs?: number;
  readonly finishedMs?: number;
  readonly exitStatus?: number;
  readonly removeOnExit: boolean;
}

/** A process and when it started, so that a number that the kernel gave out again is not mistaken for it. */
export interface ProcessMark {
  readonly pid: number;
  readonly startTicks: number;
}

const FILE = 'container.json';

/** Writes the record into the container's directory, whole or not at all. */
export function writeRecord(store: Store, record: ContainerRecord): void {
  const path = join(containerDirectory(store, record.id), FILE);
  store.files.replace(path, Buffer.from(JSON.stringify(record)), { durable: false });
}

/** Makes a container's directory with its record, both at once. @throws PlinthError `disk-full`, `store-unwritable` */
export function createRecord(store: Store, record: ContainerRecord): void {
  store.files.ready();
  const made = store.files.temporary();
  writing(made, () => mkdirSync(made, { mode: 0o700 }));
  try {
    writing(made, () => {
      writeFileSync(join(made, FILE), JSON.stringify(record));
      renameSync(made, containerDirectory(store, record.id));
    });
  } catch (error) {
    removeTree(made);
    throw error;
  }
}

/** Where a container's files lie. */
export function containerDirectory(store: Store, id: string): string {
  return join(store.paths.containers, id);
}

/**
 * The record in a container's directory; undefined if there is none. A container whose keeper died without a word (a kill,
 * a power cut) is reported as exited with 137.
 *
 * @throws PlinthError `container-state-invalid`
 */
export function readRecord(directory: string): ContainerRecord | undefined {
  const path = join(directory, FILE);
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  const record = parseRecord(text, path);
  if (record.status !== 'running' || (record.keeper !== undefined && isAlive(record.keeper))) return record;
  return { ...record, status: 'exited', exitStatus: record.exitStatus ?? 137 };
}

function parseRecord(text: string, path: string): ContainerRecord {
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch (cause) {
    throw invalid(path, cause);
  }
  throw invalid(path);
}

function isRecord(value: unknown): value is ContainerRecord {
  if (typeof value !== 'object' || value === null) return false;
  const record = value as Partial<Record<keyof ContainerRecord, unknown>>;
  return (
    typeof record.id === 'string' &&
    typeof record.name === 'string' &&
    typeof record.image === 'string' &&
    typeof record.imageId === 'string' &&
    typeof record.createdMs === 'number' &&
    typeof record.status === 'string' &&
    Array.isArray(record.diffIds) &&
    Array.isArray(record.args)
  );
}

function invalid(path: string, cause?: unknown): PlinthError<ContainerErrorCode> {
  return new PlinthError(`read container: ${path} is not a container's state`, {
    code: 'container-state-invalid',
    hint: 'Remove the directory it is in if the container is not needed any more.',
    cause,
    details: { path },
  });
}

/** This process as a mark. */
export function ownMark(): ProcessMark {
  return { pid: process.pid, startTicks: startTicks(process.pid) ?? 0 };
}

/** Whether the marked process still lives. */
export function isAlive(mark: ProcessMark): boolean {
  return startTicks(mark.pid) === mark.startTicks;
}

/**
 * Field 22 of `/proc/PID/stat`; the name before it may hold anything, so counting starts behind its last parenthesis.
 * None for a process that has ended and that nobody has waited for yet: in a container that can take for ever.
 */
function startTicks(pid: number): number | undefined {
  const text = readIfThere(`/proc/${pid}/stat`);
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? [];
  const [state, ticks] = [fields[0], fields[19]];
  return ticks === undefined || state === 'Z' || state === 'X' ? undefined : Number(ticks);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ESRCH') return undefined;
    throw error;
  }
}

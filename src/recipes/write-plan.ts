import {
  chmodSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { errorFact, systemErrorCode } from '../errors/index.ts';
import { recipesError } from './error.ts';
import { commandTarget, MINIOS_MARK, type PlannedEntry } from './minios-plan.ts';

/**
 * Whether a minios may be written to `directory`: it is missing, empty, or holds an earlier one.
 *
 * @throws PlinthError `minios-directory-used`
 */
export function checkDirectory(directory: string): void {
  const names = attempt(directory, () => listDirectory(directory));
  if (names.length === 0 || isMinios(directory)) return;
  throw recipesError('minios-directory-used', `make minios in ${directory}: the directory holds something else`, {
    hint: 'Give an empty or new directory, or add --force to write between what is there.',
    details: { path: directory, entries: names.slice(0, 10) },
  });
}

function listDirectory(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function isMinios(directory: string): boolean {
  try {
    return readFileSync(join(directory, 'Dockerfile'), 'utf8').startsWith(`${MINIOS_MARK}\n`);
  } catch {
    return false;
  }
}

/** Writes a minios over an earlier one. @throws PlinthError `minios-write-failed` */
export function writeMinios(directory: string, entries: readonly PlannedEntry[], mtimeSeconds: number): void {
  removeStaleCommands(directory, entries);
  writePlan(directory, entries, mtimeSeconds);
}

/** Removes the commands of an earlier minios that are not among `entries`. @throws PlinthError `minios-write-failed` */
function removeStaleCommands(directory: string, entries: readonly PlannedEntry[]): void {
  const planned = new Set(entries.map(({ path }) => path));
  for (const { kind, path: parent } of entries) {
    if (kind !== 'directory') continue;
    for (const name of attempt(directory, () => listDirectory(join(directory, parent)))) {
      const path = `${parent}/${name}`;
      if (planned.has(path) || readLink(join(directory, path)) !== commandTarget(path)) continue;
      attempt(path, () => rmSync(join(directory, path)));
    }
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/**
 * Writes the entries below `directory`, each with the time `mtimeSeconds`; what else is there stays. No link is followed
 * on the way, and a file appears whole or not at all.
 *
 * @throws PlinthError `minios-write-failed`
 */
export function writePlan(directory: string, entries: readonly PlannedEntry[], mtimeSeconds: number): void {
  attempt(directory, () => mkdirSync(directory, { recursive: true }));
  for (const entry of entries) {
    const path = join(directory, entry.path);
    attempt(path, () => writeEntry(path, entry));
  }
  // Backwards, because an entry made within a directory changes its time.
  for (const entry of entries.toReversed()) {
    const path = join(directory, entry.path);
    attempt(path, () => (entry.kind === 'link' ? lutimesSync : utimesSync)(path, mtimeSeconds, mtimeSeconds));
  }
  attempt(directory, () => utimesSync(directory, mtimeSeconds, mtimeSeconds));
}

function writeEntry(path: string, entry: PlannedEntry): void {
  if (entry.kind === 'directory') {
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) mkdirSync(path);
    chmodSync(path, entry.mode);
    return;
  }
  const partial = `${path}.partial-${process.pid}`;
  try {
    if (entry.kind === 'link') symlinkSync(entry.target, partial);
    else {
      writeFileSync(partial, entry.content, { flag: 'wx' });
      chmodSync(partial, entry.mode);
    }
    // A rename also replaces a program that is being run.
    renameSync(partial, path);
  } finally {
    rmSync(partial, { force: true });
  }
}

function attempt<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw recipesError('minios-write-failed', `write ${path}: ${errorFact(error)}`, {
      cause: error,
      details: { path },
    });
  }
}

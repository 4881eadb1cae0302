import { mkdirSync, readdirSync, readlinkSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { isPlinthError, PlinthError, systemErrorCode } from '../errors/index.ts';
import { type Store, writing } from '../store/index.ts';
import type { ContainerErrorCode } from './error.ts';
import { newName } from './name.ts';
import { type ContainerRecord, containerDirectory, readRecord } from './record.ts';
import { removeWhole } from './scratch.ts';

const NAME_TRIES = 20;

/** All containers, the newest first. Those that were to vanish at their end and whose keeper was killed are left out. */
export function listContainers(store: Store): ContainerRecord[] {
  const records = containerIds(store).flatMap((id) => readRecord(containerDirectory(store, id)) ?? []);
  return records.filter((record) => !isForgotten(record)).sort((left, right) => right.createdMs - left.createdMs);
}

/**
 * The container called `name`, or whose id is or begins with it.
 *
 * @throws PlinthError `container-not-found`, `container-ambiguous`
 */
export function findContainer(store: Store, name: string): ContainerRecord {
  const all = listContainers(store);
  const exact = all.find((one) => one.name === name || one.id === name);
  if (exact !== undefined) return exact;
  const [first, second] = /^[0-9a-f]+$/.test(name) ? all.filter((one) => one.id.startsWith(name)) : [];
  if (first !== undefined && second === undefined) return first;
  if (first !== undefined) throw ambiguous(name);
  throw new PlinthError<ContainerErrorCode>(`find container: there is none called ${JSON.stringify(name)}`, {
    code: 'container-not-found',
    hint: '`plinth ps -a` lists all containers.',
    details: { name },
  });
}

function ambiguous(name: string): PlinthError<ContainerErrorCode> {
  return new PlinthError(`find container: several ids begin with ${name}`, {
    code: 'container-ambiguous',
    hint: 'Give more of the id; `plinth ps -a --no-trunc` shows them whole.',
    details: { name },
  });
}

/**
 * Takes a name for the container `id`: the one given, else a made-up one that is free. Two processes never get the same.
 *
 * @throws PlinthError `container-name-taken`
 */
export function claimName(store: Store, id: string, given?: string): string {
  const names = namesDirectory(store);
  writing(names, () => mkdirSync(names, { recursive: true }));
  if (given !== undefined) {
    if (claim(store, id, given)) return given;
    throw new PlinthError<ContainerErrorCode>(`name container: ${JSON.stringify(given)} is taken`, {
      code: 'container-name-taken',
      hint: `Remove that container (plinth rm ${given}) or take another name.`,
      details: { name: given, id: nameHolder(store, given) },
    });
  }
  for (let tries = 0; tries < NAME_TRIES; tries++) {
    const name = newName();
    if (claim(store, id, name)) return name;
  }
  const unique = `${newName()}_${id.slice(0, 12)}`;
  claim(store, id, unique);
  return unique;
}

/** Gives a container's name back. */
export function releaseName(store: Store, { id, name }: { readonly id: string; readonly name: string }): void {
  if (name !== '' && nameHolder(store, name) === id) unlinkSync(join(namesDirectory(store), name));
}

/** Removes a container's files and gives its name back. What is already gone is no error. */
export function deleteContainer(store: Store, record: { readonly id: string; readonly name: string }): void {
  removeWhole(store, containerDirectory(store, record.id));
  releaseName(store, record);
}

/**
 * Removes what killed processes left: containers that were to vanish at their end, names without a container.
 *
 * @param remove removes a directory, whoever owns what is in it
 * @returns how many containers were removed
 */
export async function sweepContainers(store: Store, remove: (path: string) => Promise<void>): Promise<number> {
  let count = 0;
  for (const id of containerIds(store)) {
    const record = readRecord(containerDirectory(store, id));
    if (record !== undefined && !isForgotten(record)) continue;
    const retired = store.files.temporary();
    const directory = containerDirectory(store, id);
    writing(directory, () => renameSync(directory, retired));
    await remove(retired);
    count++;
  }
  for (const name of listNames(store)) {
    const id = nameHolder(store, name);
    if (id !== undefined && readRecord(containerDirectory(store, id)) === undefined) releaseName(store, { id, name });
  }
  return count;
}

function isForgotten({ removeOnExit, status }: ContainerRecord): boolean {
  return removeOnExit && status === 'exited';
}

/** A link is made in one step or not at all, and says whose the name is; one left by a container that is gone is taken over. */
function claim(store: Store, id: string, name: string): boolean {
  const path = join(namesDirectory(store), name);
  for (const last of [false, true]) {
    try {
      writing(path, () => symlinkSync(id, path));
      return true;
    } catch (error) {
      if (!isPlinthError(error) || systemErrorCode(error.cause) !== 'EEXIST') throw error;
      const holder = nameHolder(store, name);
      if (last || (holder !== undefined && isHeld(store, holder))) return false;
      if (holder !== undefined) unlinkSync(path);
    }
  }
  return false;
}

function isHeld(store: Store, id: string): boolean {
  const record = readRecord(containerDirectory(store, id));
  return record !== undefined && !isForgotten(record);
}

function nameHolder(store: Store, name: string): string | undefined {
  try {
    return readlinkSync(join(namesDirectory(store), name));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function namesDirectory(store: Store): string {
  return join(store.paths.root, 'names');
}

function containerIds(store: Store): string[] {
  return listDirectory(store.paths.containers).filter((id) => /^[0-9a-f]{64}$/.test(id));
}

function listNames(store: Store): string[] {
  return listDirectory(namesDirectory(store));
}

function listDirectory(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

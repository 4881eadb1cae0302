import {
  type ContainerRecord,
  type ContainerStatus,
  findContainer,
  listContainers as listRecords,
  sandbox,
} from '../container/index.ts';
import { type Common, rootOf, withStore } from './session.ts';

/** A container as a list shows it. */
export interface ContainerSummary {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  /** ms since 1970, as all times here. */
  readonly createdMs: number;
  readonly state: ContainerStatus;
  readonly startedMs: number | undefined;
  readonly exit: { readonly status: number; readonly atMs: number } | undefined;
}

/** The running containers, or all, the newest first. */
export function listContainers(options: Common & { readonly all: boolean }): Promise<readonly ContainerSummary[]> {
  return withStore(options, (store) =>
    listRecords(store)
      .filter((record) => options.all || record.status === 'running')
      .map(summarise),
  );
}

function summarise(record: ContainerRecord): ContainerSummary {
  const { id, name, image, args, createdMs, status, startedMs, finishedMs, exitStatus } = record;
  const ended = status === 'exited' && exitStatus !== undefined;
  return {
    id,
    name,
    image,
    command: args,
    createdMs,
    state: status,
    startedMs,
    exit: ended ? { status: exitStatus, atMs: finishedMs ?? startedMs ?? createdMs } : undefined,
  };
}

/**
 * Removes a container with all it wrote; a running one only with `force`, which kills it.
 *
 * @throws PlinthError `container-not-found`, `container-ambiguous`, `container-running`
 */
export async function removeContainer(
  options: Common & { readonly container: string; readonly force?: boolean },
): Promise<void> {
  await sandbox(rootOf(options)).removeContainer({ name: options.container, force: options.force ?? false });
}

/**
 * Writes the root file system of a container as a tar: its image with what it changed.
 *
 * @throws PlinthError `container-not-found`, `container-ambiguous`
 */
export async function exportContainer(
  options: Common & { readonly container: string; readonly write: (chunk: Uint8Array) => void },
): Promise<void> {
  await sandbox(rootOf(options)).exportContainer({ name: options.container }, options.write);
}

/** What is kept of one container. */
export function inspectContainer(options: Common & { readonly container: string }): Promise<ContainerRecord> {
  return withStore(options, (store) => findContainer(store, options.container));
}

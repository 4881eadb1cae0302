import {
  type ContainerRecord,
  type ContainerStatus,
  findContainer,
  listContainers as listRecords,
} from '../container/index.ts';
import { type Common, withStore } from './session.ts';

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

/** What is kept of one container. */
export function inspectContainer(options: Common & { readonly container: string }): Promise<ContainerRecord> {
  return withStore(options, (store) => findContainer(store, options.container));
}

import { PlinthError } from '../errors/index.ts';
import type { Store } from '../store/index.ts';
import { deleteContainer, findContainer } from './container-store.ts';
import type { ContainerErrorCode } from './error.ts';
import type { ContainerRecord } from './record.ts';
import { isAlive } from './record.ts';

/** How long a killed container may take to end. */
const KILL_LIMIT_MS = 10_000;
const POLL_MS = 10;

/**
 * Removes a container with all it wrote. A running one is refused, or killed first with `force`.
 *
 * @returns its record as it was
 * @throws PlinthError `container-not-found`, `container-ambiguous`, `container-running`
 */
export async function removeContainer(
  store: Store,
  name: string,
  { force }: { readonly force: boolean },
): Promise<ContainerRecord> {
  const record = findContainer(store, name);
  if (record.status === 'running') {
    if (!force || record.keeper === undefined) throw running(record);
    process.kill(record.keeper.pid, 'SIGKILL');
    for (let waitedMs = 0; isAlive(record.keeper) && waitedMs < KILL_LIMIT_MS; waitedMs += POLL_MS) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
  deleteContainer(store, record);
  return record;
}

function running({ name, id }: ContainerRecord): PlinthError<ContainerErrorCode> {
  return new PlinthError(`remove container ${name}: it is running`, {
    code: 'container-running',
    hint: 'Stop it first, or remove it with --force.',
    details: { name, id },
  });
}

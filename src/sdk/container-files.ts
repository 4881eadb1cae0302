import { sandbox } from '../container/index.ts';
import { type Common, rootOf } from './session.ts';

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

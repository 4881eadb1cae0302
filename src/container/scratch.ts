import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { materialise, removeTree } from '../host/index.ts';
import { type Attributes, NO_CHILDREN, ROOT_PATH } from '../tree/index.ts';

/** The directories of one overlay mount that are the container's own. */
export interface OverlayDirectories {
  readonly upper: string;
  readonly work: string;
  readonly merged: string;
}

/**
 * Makes the upper, work and merged directories of a container in `directory`. The upper one gets the attributes of the
 * image's `root`, since they are those that the container sees at `/`.
 */
export function makeOverlayDirectories(directory: string, root: Attributes): OverlayDirectories {
  const paths = { upper: join(directory, 'upper'), work: join(directory, 'work'), merged: join(directory, 'merged') };
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (const path of Object.values(paths)) mkdirSync(path);
  const node = { kind: 'directory', ...root, children: NO_CHILDREN } as const;
  materialise([{ kind: 'node', path: ROOT_PATH, node }], paths.upper, { owners: 'keep' });
  return paths;
}

/** Removes a container's directory with all in it. */
export function removeDirectory(directory: string): void {
  removeTree(directory);
  rmSync(directory, { recursive: true, force: true });
}

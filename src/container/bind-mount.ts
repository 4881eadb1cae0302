import { existsSync, mkdirSync } from 'node:fs';
import { isAbsolute, normalize } from 'node:path';
import { PlinthError } from '../errors/index.ts';
import type { ContainerErrorCode } from './error.ts';

/** A directory or file of the host, shown inside a container. */
export interface BindMount {
  /** Absolute path on the host. */
  readonly source: string;
  /** Absolute path in the container; links in it are resolved inside the container's root. */
  readonly target: string;
  readonly readOnly: boolean;
}

/**
 * Checks bind mounts before anything is started, and makes directories of sources that are missing, as Docker does.
 *
 * @throws PlinthError `volume-invalid`
 */
export function prepareBindMounts(binds: readonly BindMount[]): void {
  for (const { source, target } of binds) {
    if (!isAbsolute(target) || normalize(target) === '/') {
      const fact = `target ${JSON.stringify(target)} must be an absolute path other than /`;
      throw invalid({ source, target }, fact);
    }
    makeSource({ source, target });
  }
}

function makeSource({ source, target }: Pick<BindMount, 'source' | 'target'>): void {
  if (existsSync(source)) return;
  try {
    mkdirSync(source, { recursive: true });
  } catch (cause) {
    throw invalid({ source, target }, 'it is not there and cannot be made', cause);
  }
}

function invalid(
  { source, target }: Pick<BindMount, 'source' | 'target'>,
  fact: string,
  cause?: unknown,
): PlinthError<ContainerErrorCode> {
  const hint = cause === undefined ? undefined : 'Make it first, or correct the path.';
  return new PlinthError(`mount ${source}: ${fact}`, {
    code: 'volume-invalid',
    hint,
    cause,
    details: { source, target },
  });
}

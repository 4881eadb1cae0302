import { existsSync } from 'node:fs';
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
 * Checks bind mounts before anything is started.
 *
 * @throws PlinthError `volume-invalid`
 */
export function checkBindMounts(binds: readonly BindMount[]): void {
  for (const { source, target } of binds) {
    if (!isAbsolute(target) || normalize(target) === '/') {
      throw invalid(
        `mount ${source}: target ${JSON.stringify(target)} must be an absolute path other than /`,
        source,
        target,
      );
    }
    if (!existsSync(source))
      throw invalid(
        `mount ${source}: no such file or directory`,
        source,
        target,
        'Make it first, or correct the path.',
      );
  }
}

function invalid(message: string, source: string, target: string, hint?: string): PlinthError<ContainerErrorCode> {
  return new PlinthError(message, { code: 'volume-invalid', hint, details: { source, target } });
}

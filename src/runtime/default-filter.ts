import type { Machine } from '../elf/index.ts';
import { compileSeccomp } from './seccomp-filter.ts';
import { defaultSeccomp } from './seccomp-policy.ts';

/**
 * A JSON object of filters in base64, by {@link filterKey}; put in by the bundler, because to compile one takes 3 ms of
 * every start.
 */
declare const PLINTH_FILTERS: string | undefined;

/** Docker's default filter for a container with this bounding set, as a BPF program for `machine`. */
export function defaultFilter(machine: Machine, bounding: readonly string[]): Uint8Array {
  const ready: Record<string, string> = typeof PLINTH_FILTERS === 'string' ? JSON.parse(PLINTH_FILTERS) : {};
  const filter = ready[filterKey(machine, bounding)];
  if (filter !== undefined) return Buffer.from(filter, 'base64');
  return compileSeccomp(defaultSeccomp(machine, bounding), machine);
}

/** What a filter that lies ready is found by. */
export function filterKey(machine: Machine, bounding: readonly string[]): string {
  return `${machine} ${bounding.join(' ')}`;
}

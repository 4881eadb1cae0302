import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { PlinthError } from '../errors/index.ts';
import type { RuntimeErrorCode } from './runtime-error.ts';

/** `count` ids from `outside` on are called `inside` and on. */
export interface IdRange {
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}

/** Which ids a user namespace knows. */
export type IdMaps =
  /** The user alone, as 0; every other owner is the overflow id, and groups cannot be set. */
  | { readonly kind: 'single'; readonly uid: number; readonly gid: number }
  | { readonly kind: 'ranges'; readonly uids: readonly IdRange[]; readonly gids: readonly IdRange[] };

/** Who wants the maps; `name` as in /etc/passwd. */
export interface IdOwner {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * The maps of `owner`: itself as 0, its subordinate ids (subuid(5), subgid(5)) from 1 on.
 *
 * @throws PlinthError `subordinate-ids-missing`
 */
export function subordinateIds(owner: IdOwner): IdMaps {
  return {
    kind: 'ranges',
    uids: mapRanges(owner.uid, readRanges('/etc/subuid', owner)),
    gids: mapRanges(owner.gid, readRanges('/etc/subgid', owner)),
  };
}

/** Writes the maps of the user namespace of process `pid`; ranges take newuidmap and newgidmap of Debian's `uidmap`. */
export async function writeIdMaps(pid: number, maps: IdMaps): Promise<undefined> {
  if (maps.kind === 'single') {
    writeFileSync(`/proc/${pid}/setgroups`, 'deny');
    writeFileSync(`/proc/${pid}/gid_map`, `0 ${maps.gid} 1`);
    writeFileSync(`/proc/${pid}/uid_map`, `0 ${maps.uid} 1`);
    return;
  }
  await Promise.all([runMapper('newuidmap', pid, maps.uids), runMapper('newgidmap', pid, maps.gids)]);
}

function mapRanges(own: number, ranges: readonly { start: number; count: number }[]): IdRange[] {
  const maps: IdRange[] = [{ inside: 0, outside: own, count: 1 }];
  let inside = 1;
  for (const { start, count } of ranges) {
    maps.push({ inside, outside: start, count });
    inside += count;
  }
  return maps;
}

function readRanges(file: string, owner: IdOwner): { start: number; count: number }[] {
  const ranges = readLines(file)
    .map((line) => line.split(':'))
    .filter(([who]) => who === owner.name || who === String(owner.uid))
    .map(([, start, count]) => ({ start: Number(start), count: Number(count) }))
    .filter(({ start, count }) => Number.isInteger(start) && Number.isInteger(count) && count > 0);
  if (ranges.length > 0) return ranges;
  throw new PlinthError<RuntimeErrorCode>(`read ${file}: no range of ids for ${owner.name}`, {
    code: 'subordinate-ids-missing',
    hint: `Have root run: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${owner.name}`,
    details: { file, user: owner.name },
  });
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}

async function runMapper(tool: string, pid: number, ranges: readonly IdRange[]): Promise<void> {
  const args = ranges.flatMap(({ inside, outside, count }) => [inside, outside, count]);
  try {
    await promisify(execFile)(tool, [pid, ...args].map(String), { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } });
  } catch (cause) {
    const output = (cause as { stderr?: string }).stderr?.trim();
    throw new PlinthError<RuntimeErrorCode>(`map ids with ${tool}: ${output || (cause as Error).message}`, {
      code: 'user-namespace-failed',
      hint: 'newuidmap and newgidmap must be installed setuid root (Debian package uidmap) and the ranges granted in /etc/subuid and /etc/subgid.',
      cause,
    });
  }
}

// What the scripts know about this checkout. Plain JavaScript for any Node ≥ 18, without dependencies.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const CHECKOUT = dirname(dirname(fileURLToPath(import.meta.url)));

/** The Node that the project is developed with: the npm package `node`. */
export const PINNED_NODE = join(CHECKOUT, 'node_modules/node/bin/node');

/** The newest modification time below `paths`, in ms; 0 if there is nothing. */
export function newestMs(...paths) {
  let newest = 0;
  for (const path of paths) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) continue;
    newest = Math.max(newest, stat.mtimeMs);
    if (stat.isDirectory()) newest = Math.max(newest, newestMs(...readdirSync(path).map((name) => join(path, name))));
  }
  return newest;
}

/** The environment for a program that a script starts: without what npm sets for the script itself. */
export function cleanEnvironment() {
  const keep = ([name]) =>
    !/^npm_(config|package|lifecycle|command|node|execpath|prefix)/.test(name) && name !== 'INIT_CWD';
  return Object.fromEntries(Object.entries(process.env).filter(keep));
}

/** Whether a program of this name is on PATH or where Debian keeps those of the administrator. */
export function hasProgram(name) {
  const directories = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin', '/usr/bin', '/bin'];
  return directories.some((directory) => directory !== '' && existsSync(join(directory, name)));
}

import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from './measure.ts';
import type { DockerEngine } from './peers.ts';

const ROOT = resolve(import.meta.dirname, '..');
export const NODE: string = join(ROOT, 'node_modules/node/bin/node');
const PLINTH = join(ROOT, 'bin/plinth.mjs');

/** What the workloads work with. */
export interface Bench {
  /** A directory of our own, on the disk to be measured. */
  readonly directory: string;
  readonly docker: DockerEngine | undefined;
}

/** Makes an input the first time it is asked for. */
export function once(bench: Bench, name: string, make: (directory: string) => void): () => string {
  let made = false;
  return () => {
    const directory = join(bench.directory, 'inputs', name);
    if (!made) {
      rmSync(directory, { recursive: true, force: true });
      mkdirSync(directory, { recursive: true });
      make(directory);
      made = true;
    }
    return directory;
  };
}

/** Our command, with a store of its own. */
export function plinth(store: string, ...args: string[]): Command {
  return { argv: [NODE, PLINTH, '--root', store, ...args] };
}

/** Does preparation that is not measured. */
export function execute({ argv: [file = '', ...args], cwd, env }: Command): void {
  execFileSync(file, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
}

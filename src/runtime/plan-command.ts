import type { CommandPlan } from './plan.ts';
import type { ProcessSpec } from './spec.ts';

/** Where commands are looked for without a PATH: what Docker sets for every container. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The command; without a slash in its name, every place of PATH where it may lie. */
export function planCommand(process: ProcessSpec): CommandPlan {
  const env = process.env ?? [];
  const [command = ''] = process.args;
  return { paths: command.includes('/') ? [command] : searchPath(env, command), args: process.args, env };
}

/** Directories that are empty or relative are passed over: what they mean depends on where one stands. */
function searchPath(env: readonly string[], command: string): string[] {
  const path = env.findLast((entry) => entry.startsWith('PATH='))?.slice('PATH='.length) ?? DEFAULT_PATH;
  const directories = path.split(':').filter((directory) => directory.startsWith('/'));
  return [...new Set(directories)].map((directory) => `${directory.replace(/\/+$/, '')}/${command}`);
}

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RecipePowers } from './powers.ts';

/** Options that let apt keep its lists and packages below `directory`, so that any user may have it fetch some. */
export function ownAptState(directory: string, more: readonly string[] = []): string[] {
  const [state, cache] = [join(directory, 'state'), join(directory, 'cache')];
  mkdirSync(join(state, 'lists/partial'), { recursive: true });
  mkdirSync(join(cache, 'archives/partial'), { recursive: true });
  const options = [
    ['Dir::State', state],
    ['Dir::State::status', '/dev/null'],
    ['Dir::Cache', cache],
    ['Acquire::Languages', 'none'],
  ].flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return [...options, ...more];
}

/** Runs apt-get in `cwd`. Undefined if it succeeded, else the reason in words. */
export async function runApt(
  args: readonly string[],
  cwd: string,
  { runProgram, signal }: Pick<RecipePowers, 'runProgram'> & { readonly signal?: AbortSignal | undefined },
): Promise<string | undefined> {
  // Root's apt would hand the download to the user _apt, who may not write here.
  const options = ['-qq', '-o', 'APT::Sandbox::User=root'];
  const { status, stderr } = await runProgram('apt-get', [...options, ...args], { cwd, signal });
  if (status === 0) return undefined;
  const [reason] = stderr.split('\n').filter((line) => line.startsWith('E:'));
  if (reason !== undefined) return `apt-get ${args[0]}: ${reason.slice(2).trim()}`;
  return status === undefined ? 'there is no apt-get here' : `apt-get ${args[0]} ended with status ${status}`;
}

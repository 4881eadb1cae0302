import { type ByteString, decodeText } from '../../bytes/index.ts';
import { type Closure, findClosure, type ResolveOptions } from '../../loader/index.ts';
import type { Tree, TreePath } from '../../tree/index.ts';

/** The first program that would load other files in `made` than in `source`, and what; undefined if all load the same. */
export function findDifference(
  [source, made]: readonly [source: Tree, made: Tree],
  programs: readonly ByteString[],
  { path, cwd }: ResolveOptions,
): string | undefined {
  const [before, after] = [findClosure(source, programs, { path, cwd }), findClosure(made, programs, { path, cwd })];
  for (const [index, program] of before.programs.entries()) {
    const other = after.programs[index];
    const name = decodeText(program.name);
    const [problem] = other?.problems ?? [];
    if (problem !== undefined) return `${name}: ${problem.message}`;
    const [wanted, found] = [filesOf(program), filesOf(other)];
    const missing = [...wanted].find((path) => !found.has(path));
    if (missing !== undefined) return `${name}: /${decodeText(missing)} would not be loaded`;
  }
  return undefined;
}

function filesOf(program: Closure['programs'][number] | undefined): Set<TreePath> {
  return new Set(program?.objects.map(({ realPath }) => realPath));
}

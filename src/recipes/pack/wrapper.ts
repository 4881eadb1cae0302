import type { ByteString } from '../../bytes/index.ts';
import { type ResolveOptions, type RootFiles, resolveProgram } from '../../loader/index.ts';
import { joinPath, mustTreePath, parentPath, type Tree, type TreePath } from '../../tree/index.ts';
import { WRAPPERS } from './companion.ts';
import { fillPattern, matchPaths } from './path-pattern.ts';

/** A script's place, and the program that it would start. */
export interface Unwrapped {
  readonly program: ByteString;
  /** Where a link to it stands for the script. */
  readonly place: TreePath;
}

/** If the program `name` is a script that only chooses among versions of a program: the newest of these. */
export function unwrap(
  tree: Tree,
  files: RootFiles,
  { name, request }: { readonly name: ByteString; readonly request: ResolveOptions },
): Unwrapped | undefined {
  const file = resolveProgram(tree, [name], request).steps[0]?.file;
  const wrapper = WRAPPERS.find(({ script }) => script === `/${file?.realPath}`);
  if (file === undefined || wrapper === undefined) return undefined;
  const last = file.path.slice(file.path.lastIndexOf('/') + 1) as ByteString;
  const pattern = fillPattern(wrapper.programs, { name: last }) ?? '';
  const program = matchPaths(files, pattern).sort(byNumbers).at(-1);
  if (program === undefined) return undefined;
  const path = mustTreePath(file.path);
  const directory = files.find(`/${parentPath(path)}` as ByteString)?.realPath ?? parentPath(path);
  return { program, place: joinPath(directory, last) };
}

/** `9.6` before `15`. */
function byNumbers(left: string, right: string): number {
  return left.localeCompare(right, 'en', { numeric: true });
}

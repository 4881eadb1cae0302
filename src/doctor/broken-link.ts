import type { ByteString } from '../bytes/index.ts';
import { baseName, joinPath, type Node, ROOT_PATH, type Tree, type TreePath } from '../tree/index.ts';

/** As in the kernel (path_resolution(7)). */
const LINK_LIMIT = 40;

/** A symbolic link at which a path ends. */
export interface BrokenLink {
  /** Absolute. */
  readonly path: ByteString;
  readonly target: ByteString;
  readonly isLoop: boolean;
}

/** The last symbolic link that was followed on the way to `path`, if the way ends behind it. */
export function findBrokenLink(tree: Tree, path: ByteString): BrokenLink | undefined {
  if (tree.resolve(path) !== undefined) return undefined;
  const names = namesOf(path);
  let here: TreePath = ROOT_PATH;
  let last: BrokenLink | undefined;
  for (let links = 0, name = names.pop(); name !== undefined; name = names.pop()) {
    const next = name === '..' ? parentOf(here) : joinPath(here, name);
    const node: Node | undefined = tree.lookup(next);
    if (node === undefined) return last;
    if (node.kind !== 'symlink') {
      here = next;
      continue;
    }
    last = { path: `/${next}` as ByteString, target: node.target, isLoop: ++links > LINK_LIMIT };
    if (last.isLoop) return last;
    if (node.target.startsWith('/')) here = ROOT_PATH;
    names.push(...namesOf(node.target));
  }
  return undefined;
}

function parentOf(path: TreePath): TreePath {
  return path.slice(0, Math.max(0, path.length - baseName(path).length - 1)) as TreePath;
}

/** The names of a path, last first. */
function namesOf(path: ByteString): ByteString[] {
  return (path.split('/') as ByteString[]).filter((name) => name !== '' && name !== '.').reverse();
}

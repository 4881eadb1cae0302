import type { ByteString } from '../../bytes/index.ts';
import { type DirectoryNode, type Node, Tree } from '../../tree/index.ts';

/**
 * The trees of an image's layers, lowest first, each with only those nodes that `target`, what is to be left of the
 * last, shows. So no layer need hold what a later one overwrites or removes. Trees of which nothing goes stay the same
 * objects.
 */
export function survivingTrees(trees: readonly Tree[], target: Tree): Tree[] {
  const known = new Map<DirectoryNode, DirectoryNode>();
  return trees.map((tree) => {
    const root = survivors(tree.root, target.root, known);
    return root === tree.root ? tree : new Tree(root);
  });
}

/** `known`: what was done already, since layers share their directories and each has but one path. */
function survivors(
  directory: DirectoryNode,
  target: DirectoryNode,
  known: Map<DirectoryNode, DirectoryNode>,
): DirectoryNode {
  const done = known.get(directory);
  if (done !== undefined) return done;
  const children = new Map<ByteString, Node>();
  let isSame = true;
  for (const [name, node] of directory.children) {
    const wanted = target.children.get(name);
    const left =
      node.kind === 'directory'
        ? wanted?.kind === 'directory' && survivors(node, wanted, known)
        : wanted === node && node;
    if (left !== false) children.set(name, left);
    isSame &&= left === node;
  }
  const kept = isSame ? directory : { ...directory, children };
  known.set(directory, kept);
  return kept;
}

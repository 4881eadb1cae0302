import type { DirectoryNode, Node } from './node.ts';
import { joinPath, type TreePath } from './path.ts';

/** The names of one node that is no directory. */
export interface LinkGroup {
  readonly node: Node;
  /** The directories that hold the names. */
  readonly directories: TreePath[];
  /** The one node that every name holds in the lower tree, equal to this; undefined if there is no such node. */
  lower: Node | undefined;
  /** Once the node has been written: under which name. */
  target: TreePath | undefined;
}

/** A directory that is the same object in both trees. */
export interface SharedDirectory {
  readonly path: TreePath;
  readonly directory: DirectoryNode;
}

/**
 * The groups that a layer must write: those that differ below, and those that are equal there but would stay joined to
 * another file, because one lower file became several. Names that lie in shared directories are added to the groups.
 */
export function changedLinkGroups(
  groups: ReadonlyMap<Node, LinkGroup>,
  shared: readonly SharedDirectory[],
): LinkGroup[] {
  const claims = claimLowerNodes(groups);
  // A group that is the lower node itself is unchanged whatever other names it has.
  const isOpen = [...groups.values()].some((group) => group.lower !== group.node);
  if (isOpen) for (const { path, directory } of shared) joinShared(path, directory, { groups, claims });
  return [...groups.values()].filter((group) => group.lower === undefined);
}

/** Which group keeps each lower node: the first; the others must be written anew, or they would stay joined to it. */
function claimLowerNodes(groups: ReadonlyMap<Node, LinkGroup>): Map<Node, LinkGroup> {
  const claims = new Map<Node, LinkGroup>();
  for (const group of groups.values()) {
    if (group.lower === undefined) continue;
    const other = claims.get(group.lower);
    if (other === undefined) claims.set(group.lower, group);
    else group.lower = undefined;
  }
  return claims;
}

interface Links {
  readonly groups: ReadonlyMap<Node, LinkGroup>;
  readonly claims: ReadonlyMap<Node, LinkGroup>;
}

function joinShared(path: TreePath, directory: DirectoryNode, links: Links): void {
  for (const [name, node] of directory.children) {
    if (node.kind === 'directory') {
      joinShared(joinPath(path, name), node, links);
      continue;
    }
    // In a shared directory the lower node of a name is the node itself.
    const group = links.groups.get(node);
    if (group !== undefined) {
      group.directories.push(path);
      if (group.lower !== node) group.lower = undefined;
    }
    const claim = links.claims.get(node);
    if (claim !== undefined && claim.node !== node) claim.lower = undefined;
  }
}

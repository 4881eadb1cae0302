import type { DirectoryNode, Node } from './node.ts';

/** The nodes that stand under more than one name below `directory`: few of many, so that not all need be kept. */
export function linkedNodes(directory: DirectoryNode): ReadonlySet<Node> {
  const met = new Set<Node>();
  const linked = new Set<Node>();
  const left: DirectoryNode[] = [directory];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    for (const node of next.children.values()) {
      if (node.kind === 'directory') left.push(node);
      else if (met.has(node)) linked.add(node);
      else met.add(node);
    }
  }
  return linked;
}

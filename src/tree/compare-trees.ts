import { compareBytes, decodeText } from '../bytes/index.ts';
import { equalContents } from './content.ts';
import { type DirectoryNode, equalXattrs, type Node, type Xattrs } from './node.ts';
import { joinPath, ROOT_PATH, type TreePath } from './path.ts';
import { sortedChildren, type Tree } from './tree.ts';

/** One way in which two trees differ, with what each has there, for people to read. */
export interface Difference {
  readonly path: TreePath;
  /** `presence`: only one tree has the path. `links`: the names it shares its node with differ. */
  readonly attribute:
    | 'presence'
    | 'kind'
    | 'mode'
    | 'uid'
    | 'gid'
    | 'mtimeNs'
    | 'xattrs'
    | 'content'
    | 'target'
    | 'device'
    | 'links';
  readonly left: string;
  readonly right: string;
}

/** Every difference between two trees, in walk order. Contents are read; where holes lie does not count. */
export function compareTrees(left: Tree, right: Tree): Difference[] {
  const differences: Difference[] = [];
  const links = { left: firstNames(left), right: firstNames(right) };
  const compare = (path: TreePath, one: Node, other: Node): void => {
    const report = (attribute: Difference['attribute'], a: string, b: string): void => {
      if (a !== b) differences.push({ path, attribute, left: a, right: b });
    };
    if (one.kind !== other.kind) {
      report('kind', one.kind, other.kind);
      return;
    }
    compareAttributes(one, other, report);
    if (one.kind === 'directory' && other.kind === 'directory') compareChildren(path, one, other);
    else report('links', links.left.get(one) ?? path, links.right.get(other) ?? path);
  };
  const compareChildren = (path: TreePath, one: DirectoryNode, other: DirectoryNode): void => {
    for (const name of [...new Set([...one.children.keys(), ...other.children.keys()])].sort(compareBytes)) {
      const [a, b] = [one.children.get(name), other.children.get(name)];
      const childPath = joinPath(path, name);
      if (a !== undefined && b !== undefined) compare(childPath, a, b);
      else differences.push({ path: childPath, attribute: 'presence', left: kindOf(a), right: kindOf(b) });
    }
  };
  compare(ROOT_PATH, left.root, right.root);
  return differences;
}

/** Whether two trees are equal in every attribute, content and hard link. */
export function equalTrees(left: Tree, right: Tree): boolean {
  return left.root === right.root || compareTrees(left, right).length === 0;
}

function compareAttributes(
  one: Node,
  other: Node,
  report: (attribute: Difference['attribute'], left: string, right: string) => void,
): void {
  report('mode', one.mode.toString(8), other.mode.toString(8));
  report('uid', String(one.uid), String(other.uid));
  report('gid', String(one.gid), String(other.gid));
  if (one.mtimeNs !== other.mtimeNs) report('mtimeNs', String(one.mtimeNs), String(other.mtimeNs));
  if (!equalXattrs(one.xattrs, other.xattrs)) report('xattrs', formatXattrs(one.xattrs), formatXattrs(other.xattrs));
  if (one.kind === 'symlink' && other.kind === 'symlink') report('target', one.target, other.target);
  if ('major' in one && 'major' in other) {
    report('device', `${one.major}:${one.minor}`, `${other.major}:${other.minor}`);
  }
  if (one.kind === 'file' && other.kind === 'file' && !equalContents(one.content, other.content)) {
    const [a, b] = [one.content.sizeBytes, other.content.sizeBytes];
    report('content', `${a} bytes`, a === b ? 'other bytes' : `${b} bytes`);
  }
}

/** The first name, in walk order, of each node that has several. */
function firstNames(tree: Tree): Map<Node, TreePath> {
  const first = new Map<Node, TreePath>();
  const visit = (path: TreePath, directory: DirectoryNode): void => {
    for (const [name, node] of sortedChildren(directory)) {
      if (node.kind === 'directory') visit(joinPath(path, name), node);
      else if (!first.has(node)) first.set(node, joinPath(path, name));
    }
  };
  visit(ROOT_PATH, tree.root);
  return first;
}

function kindOf(node: Node | undefined): string {
  return node === undefined ? 'nothing' : node.kind;
}

function formatXattrs(xattrs: Xattrs): string {
  const sorted = [...xattrs].sort(([left], [right]) => compareBytes(left, right));
  return sorted.map(([name, value]) => `${decodeText(name)}=${Buffer.from(value).toString('hex')}`).join(' ');
}

import { type ByteString, compareBytes } from '../../bytes/index.ts';
import { isElf } from '../../elf/index.ts';
import { type FoundFile, RootFiles } from '../../loader/index.ts';
import {
  baseName,
  type FileNode,
  joinPath,
  NO_CHILDREN,
  NO_XATTRS,
  type Node,
  parentPath,
  pathNames,
  ROOT_PATH,
  sortedChildren,
  type Tree,
  TreeEditor,
  type TreePath,
} from '../../tree/index.ts';

/** What belongs together, and why it is packed. */
export interface PartName {
  readonly name: string;
  readonly what: string;
}

/** A {@link PartName} with what is in it. */
export interface PackPart extends PartName {
  /** Of files; one that has several names counts once. */
  readonly sizeBytes: number;
  /** Absolute paths of files and links, in byte order. */
  readonly paths: readonly ByteString[];
}

const STICKY_DIRECTORY = 0o1777;
const STICKY = 0o1000;
const ELF_HEAD_BYTES = 4;

/**
 * A new tree while files are taken into it from the tree of `files`, each to the place where it lay. All belongs to
 * root; directories above are open to everybody.
 */
export class PackDraft {
  readonly files: RootFiles;
  readonly #source: Tree;
  readonly #taken = new Map<TreePath, { readonly node: Node; readonly part: PartName }>();
  /** What is put at other places, after all that was taken. */
  readonly #added = new Map<TreePath, Added>();
  readonly #owned = new Map<Node, Node>();
  #newestNs = 0n;

  constructor(source: Tree) {
    this.#source = source;
    this.files = new RootFiles(source);
  }

  /** Whether a file or link of this name was taken, wherever. */
  hasName(name: ByteString): boolean {
    return [...this.#taken.keys()].some((path) => baseName(path) === name);
  }

  has(path: TreePath): boolean {
    return this.#taken.has(path) || this.#added.has(path);
  }

  /** Takes what lies at each of these paths, following nothing. */
  take(paths: Iterable<TreePath>, part: PartName): void {
    for (const path of paths) {
      const node = this.#taken.has(path) ? undefined : this.#source.lookup(path);
      if (node !== undefined && node.kind !== 'directory') this.#taken.set(path, { node: this.#own(node), part });
    }
  }

  /** Takes what `path` leads to, with all links to it and all below it; gives the ELF files among that. */
  takeAll(path: ByteString, part: PartName, except?: RegExp): ByteString[] {
    const file = this.files.find(path);
    if (file === undefined) return [];
    const found: ByteString[] = [];
    this.take(file.links, part);
    this.#takeBelow(file.realPath, file.node, { part, except, found });
    return found;
  }

  /** Takes those of these links that lead to a directory of which something was taken. */
  takeDirectoryLinks(links: readonly TreePath[], part: PartName): void {
    for (const link of links) {
      const directory = this.files.find(`/${link}` as ByteString);
      if (directory?.node.kind !== 'directory' || !directory.links.includes(link)) continue;
      const below = `${directory.realPath}/`;
      if ([...this.#taken.keys()].some((path) => path.startsWith(below))) this.take(directory.links, part);
    }
  }

  /** Takes what `file` is to the place `to`, whatever is there; links to directories on the way are followed. */
  addAt(to: TreePath, file: FoundFile, part: PartName): void {
    if (file.node.kind !== 'directory') {
      this.#added.set(to, { node: this.#own(file.node), part, replaces: true });
      return;
    }
    this.addDirectory(to, file.node.mode, part);
    for (const [name, node] of sortedChildren(file.node)) {
      const realPath = joinPath(file.realPath, name);
      this.addAt(joinPath(to, name), { path: `/${realPath}` as ByteString, realPath, links: [], node }, part);
    }
  }

  /** Puts something new at `path`, unless something is there. */
  add(path: TreePath, node: Node, part: PartName): void {
    if (path !== ROOT_PATH && !this.has(path)) this.#added.set(path, { node, part, replaces: false });
  }

  addFile(path: TreePath, content: FileNode['content'], part: PartName): void {
    this.add(path, { kind: 'file', ...FACTS, mode: 0o644, mtimeNs: UNKNOWN_TIME, content }, part);
  }

  addLink(path: TreePath, target: ByteString, part: PartName): void {
    this.add(path, { kind: 'symlink', ...FACTS, mode: 0o777, mtimeNs: UNKNOWN_TIME, target }, part);
  }

  addDirectory(path: TreePath, mode: number, part: PartName): void {
    this.add(path, { kind: 'directory', ...FACTS, mode, mtimeNs: UNKNOWN_TIME, children: NO_CHILDREN }, part);
  }

  /** The new tree. What was made here has the time of the newest file. */
  finish(): { readonly tree: Tree; readonly parts: readonly PackPart[] } {
    const editor = new TreeEditor();
    const parts = new Parts();
    const put = (path: TreePath, node: Node, part: PartName): void => {
      this.#makeParents(editor, path);
      const isTimed = node.kind !== 'directory' && node.mtimeNs !== UNKNOWN_TIME;
      editor.put(path, isTimed ? node : { ...node, mtimeNs: this.#newestNs });
      parts.add(path, node, part);
    };
    const taken = inOrder(this.#taken);
    for (const [path, { node, part }] of taken) if (this.#added.get(path)?.replaces !== true) put(path, node, part);
    for (const [path, { node, part, replaces }] of inOrder(this.#added)) {
      const place = placeIn(editor.tree(), path);
      if (replaces || node.kind === 'directory' || editor.lookup(place) === undefined) put(place, node, part);
    }
    editor.put(ROOT_PATH, { kind: 'directory', ...FACTS, mode: 0o755, mtimeNs: this.#newestNs, children: NO_CHILDREN });
    return { tree: editor.finish(), parts: parts.list() };
  }

  #takeBelow(path: TreePath, node: Node, taking: Taking): void {
    if (taking.except?.test(`/${path}`) || this.#taken.has(path)) return;
    this.#taken.set(path, { node: this.#own(node), part: taking.part });
    if (node.kind === 'directory') {
      for (const [name, child] of sortedChildren(node)) this.#takeBelow(joinPath(path, name), child, taking);
    } else if (node.kind === 'symlink') this.#takeTarget(path, taking);
    else if (node.kind === 'file' && startsAsElf(node)) taking.found.push(`/${path}` as ByteString);
  }

  /** What a link leads to, unless that holds the link itself, or is a whole branch of the root. */
  #takeTarget(link: TreePath, taking: Taking): void {
    const target = this.files.find(`/${link}` as ByteString);
    if (target === undefined || link.startsWith(`${target.realPath}/`)) return;
    if (target.node.kind === 'directory' && pathNames(target.realPath).length < 2) return;
    this.take(target.links, taking.part);
    this.#takeBelow(target.realPath, target.node, taking);
  }

  /** The node as root's own; names of one node stay names of one node. */
  #own(node: Node): Node {
    const known = this.#owned.get(node);
    if (known !== undefined) return known;
    const facts = { uid: 0, gid: 0, xattrs: NO_XATTRS };
    const own: Node = node.kind === 'directory' ? { ...node, ...facts, children: NO_CHILDREN } : { ...node, ...facts };
    if (node.kind === 'file' && node.mtimeNs > this.#newestNs) this.#newestNs = node.mtimeNs;
    this.#owned.set(node, own);
    return own;
  }

  #makeParents(editor: TreeEditor, path: TreePath): void {
    const parent = parentPath(path);
    if (parent === ROOT_PATH || editor.lookup(parent)?.kind === 'directory') return;
    this.#makeParents(editor, parent);
    const original = this.#source.lookup(parent);
    const isSticky = original?.kind === 'directory' && (original.mode & STICKY) !== 0;
    const mode = isSticky ? STICKY_DIRECTORY : 0o755;
    editor.put(parent, { kind: 'directory', ...FACTS, mode, mtimeNs: this.#newestNs, children: NO_CHILDREN });
  }
}

interface Added {
  readonly node: Node;
  readonly part: PartName;
  /** Whether it takes the place of what is there. */
  readonly replaces: boolean;
}

interface Taking {
  readonly part: PartName;
  readonly except: RegExp | undefined;
  /** ELF files. */
  readonly found: ByteString[];
}

const FACTS = { uid: 0, gid: 0, xattrs: NO_XATTRS } as const;
/** The time of what is made here, until the newest file is known. */
const UNKNOWN_TIME = -1n;

function inOrder<Entry>(entries: ReadonlyMap<TreePath, Entry>): [TreePath, Entry][] {
  return [...entries].sort(([left], [right]) => compareBytes(left, right));
}

function startsAsElf({ content }: FileNode): boolean {
  if (content.sizeBytes < ELF_HEAD_BYTES) return false;
  const head = Buffer.alloc(ELF_HEAD_BYTES);
  content.read(head, 0);
  return isElf(head);
}

/** Where `path` lies in `tree` when links to directories on the way are followed. */
function placeIn(tree: Tree, path: TreePath): TreePath {
  let place = ROOT_PATH;
  for (const name of pathNames(parentPath(path))) {
    const next = joinPath(place, name);
    const isLink = tree.lookup(next)?.kind === 'symlink';
    place = isLink ? (tree.resolve(next)?.path ?? next) : next;
  }
  return joinPath(place, baseName(path));
}

/** Counts what is put into a tree by its parts. */
class Parts {
  readonly #parts = new Map<string, { part: PartName; sizeBytes: number; paths: ByteString[] }>();
  readonly #counted = new Set<Node>();

  add(path: TreePath, node: Node, part: PartName): void {
    if (node.kind === 'directory') return;
    const entry = this.#parts.get(part.name) ?? { part, sizeBytes: 0, paths: [] };
    this.#parts.set(part.name, entry);
    entry.paths.push(`/${path}` as ByteString);
    if (node.kind === 'file' && !this.#counted.has(node)) entry.sizeBytes += node.content.sizeBytes;
    this.#counted.add(node);
  }

  list(): PackPart[] {
    const parts = [...this.#parts.values()].map(({ part, sizeBytes, paths }) => ({
      ...part,
      sizeBytes,
      paths: paths.sort(compareBytes),
    }));
    return parts.sort((left, right) => right.sizeBytes - left.sizeBytes || (left.name < right.name ? -1 : 1));
  }
}

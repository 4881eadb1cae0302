import { type ByteString, compareBytes } from '../bytes/index.ts';
import { isPlinthError } from '../errors/index.ts';
import { joinPath, type Node, pathNames, ROOT_PATH, readContent, type Tree, type TreePath } from '../tree/index.ts';

/** A file that a path leads to. */
export interface FoundFile {
  /** The path that led to it: absolute, with its links, and its `..` as they were asked for. */
  readonly path: ByteString;
  /** Where it lies. */
  readonly realPath: TreePath;
  /** Every symbolic link on the way, in the order in which they were followed. */
  readonly links: readonly TreePath[];
  readonly node: Node;
}

/** As in the kernel (path_resolution(7)). */
const LINK_LIMIT = 40;
const PATH_LIMIT_BYTES = 4096;

/**
 * The files of a root file system by the paths of a process whose root it is: links never lead out of it. Each path is
 * followed once.
 */
export class RootFiles {
  readonly #tree: Tree;
  readonly #found = new Map<ByteString, FoundFile | undefined>();

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  /** What the absolute `path` leads to; undefined if there is nothing, or a loop of links. */
  find(path: ByteString): FoundFile | undefined {
    if (this.#found.has(path)) return this.#found.get(path);
    const found = path.length > PATH_LIMIT_BYTES || path.includes('\0') ? undefined : this.#look(path);
    this.#found.set(path, found);
    return found;
  }

  /** Most paths lie in directories that others have led to, and need one look there. */
  #look(path: ByteString): FoundFile | undefined {
    const name = lastName(path);
    if (name === '' || name === '.' || name === '..' || !path.startsWith('/')) return this.#follow(path);
    const directory = this.find(directoryOf(path));
    if (directory?.node.kind !== 'directory') return undefined;
    const node = directory.node.children.get(name);
    if (node?.kind === 'symlink') return this.#follow(path);
    if (node === undefined) return undefined;
    return { path, realPath: joinPath(directory.realPath, name), links: directory.links, node };
  }

  /** The text of a small regular file; undefined if there is none, it is longer, or may not be read. */
  text(path: ByteString, limitBytes: number): ByteString | undefined {
    return readSmallFile(this.find(path), limitBytes)?.toString('latin1') as ByteString | undefined;
  }

  isDirectory(path: ByteString): boolean {
    return this.find(path)?.node.kind === 'directory';
  }

  /** The names in a directory in byte order; none if it is no directory. */
  names(path: ByteString): ByteString[] {
    const node = this.find(path)?.node;
    return node?.kind === 'directory' ? [...node.children.keys()].sort(compareBytes) : [];
  }

  #follow(path: ByteString): FoundFile | undefined {
    const links: TreePath[] = [];
    const names = partsOf(path);
    const above: { readonly path: TreePath; readonly node: Node }[] = [];
    let here: { readonly path: TreePath; readonly node: Node } = { path: ROOT_PATH, node: this.#tree.root };
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      if (here.node.kind !== 'directory') return undefined;
      if (name === '..') {
        here = above.pop() ?? here;
        continue;
      }
      const child = here.node.children.get(name);
      if (child === undefined) return undefined;
      const childPath = joinPath(here.path, name);
      if (child.kind !== 'symlink') {
        above.push(here);
        here = { path: childPath, node: child };
        continue;
      }
      if (links.push(childPath) > LINK_LIMIT) return undefined;
      if (child.target.startsWith('/')) {
        above.length = 0;
        here = { path: ROOT_PATH, node: this.#tree.root };
      }
      names.push(...partsOf(child.target));
    }
    return { path, realPath: here.path, links, node: here.node };
  }
}

/** The bytes of a regular file; undefined if it is none, is longer, or may not be read. */
export function readSmallFile(file: FoundFile | undefined, limitBytes: number): Buffer | undefined {
  if (file?.node.kind !== 'file' || file.node.content.sizeBytes > limitBytes) return undefined;
  try {
    return readContent(file.node.content);
  } catch (error) {
    if (isPlinthError(error)) return undefined;
    throw error;
  }
}

/** The names of a path that may hold `..`, last first. */
function partsOf(path: ByteString): ByteString[] {
  return pathNames(path as TreePath)
    .filter((name) => name !== '' && name !== '.')
    .reverse();
}

/** `path` as seen from `cwd`. */
export function absolutePath(path: ByteString, cwd: ByteString): ByteString {
  if (path.startsWith('/')) return path;
  return `${cwd.replace(/\/+$/, '')}/${path}` as ByteString;
}

/** The path of `name` in `directory`. */
export function pathIn(directory: ByteString, name: ByteString): ByteString {
  return (directory.endsWith('/') ? `${directory}${name}` : `${directory}/${name}`) as ByteString;
}

/** The directory that holds what is at the absolute `path`. */
export function directoryOf(path: ByteString): ByteString {
  return (path.slice(0, path.lastIndexOf('/')) || '/') as ByteString;
}

/** The last name of a path. */
export function lastName(path: ByteString): ByteString {
  return path.slice(path.lastIndexOf('/') + 1) as ByteString;
}

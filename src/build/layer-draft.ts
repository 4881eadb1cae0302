import { type ByteString, decodeText } from '../bytes/index.ts';
import {
  type Attributes,
  changesBetween,
  joinPath,
  type LayerEntry,
  NO_CHILDREN,
  NO_XATTRS,
  type Node,
  parentPath,
  pathNames,
  ROOT_PATH,
  type Tree,
  TreeEditor,
  type TreePath,
  treePath,
} from '../tree/index.ts';
import { buildError } from './error.ts';

/** The most symbolic links followed for one path, as in the kernel (path_resolution(7)). */
const LINK_LIMIT = 40;

/** Who owns what a step makes. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export const ROOT_OWNER: Owner = { uid: 0, gid: 0 };

/** A place in the image, which may hold nothing yet. */
export interface Place {
  readonly path: TreePath;
  readonly node: Node | undefined;
}

/** A layer in the making: the tree below, and what a step puts upon it. */
export class LayerDraft {
  #base: Tree;
  readonly #editor: TreeEditor;
  /** What a directory gets as its time that nothing else gives one. */
  readonly mtimeNs: bigint;

  constructor(base: Tree, mtimeNs: bigint) {
    this.#base = base;
    this.#editor = new TreeEditor(base);
    this.mtimeNs = mtimeNs;
  }

  /** What is at `path` now, following no link. */
  lookup(path: TreePath): Node | undefined {
    return this.#editor.lookup(path);
  }

  /**
   * Where `path` leads in the image: links are followed inside its root, `..` stops there, and names that do not exist
   * are taken as they are written. With `root`, a directory without links on the way, that is the root instead.
   *
   * @throws PlinthError `copy-conflict` if it leads through too many links or cannot be a path
   */
  resolve(path: ByteString, root: TreePath = ROOT_PATH): Place {
    const names = partsOf(path);
    let place = this.#at(root);
    let linksLeft = LINK_LIMIT;
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      if (name === '..') {
        if (place.path !== root) place = this.#at(parentPath(place.path));
        continue;
      }
      const child = place.node?.kind === 'directory' ? place.node.children.get(name) : undefined;
      if (child?.kind !== 'symlink') {
        place = { path: joinPath(place.path, name), node: child };
        continue;
      }
      if (linksLeft-- === 0) throw unusable(path, 'leads through too many links');
      if (child.target.startsWith('/')) place = this.#at(root);
      names.push(...partsOf(child.target));
    }
    if (treePath(place.path) !== place.path) throw unusable(path, 'is too long or holds a NUL');
    return place;
  }

  /**
   * Makes the directory at `path`, which holds no links, and those above it, where they are missing; returns those made.
   *
   * @throws PlinthError `copy-conflict`
   */
  makeDirectories(path: TreePath, owner: Owner): TreePath[] {
    const made: TreePath[] = [];
    if (this.lookup(path)?.kind === 'directory') return made;
    let here = ROOT_PATH;
    for (const name of pathNames(path)) {
      here = joinPath(here, name);
      const node = this.lookup(here);
      if (node?.kind === 'directory') continue;
      if (node !== undefined) {
        throw buildError('copy-conflict', `make directory /${decodeText(here)}: a ${node.kind} is there already`, {
          hint: 'Choose another destination, or remove the file with a RUN before.',
          details: { path: decodeText(here) },
        });
      }
      this.put(here, { kind: 'directory', ...this.#fresh(owner), children: NO_CHILDREN });
      made.push(here);
    }
    return made;
  }

  /** Puts `node` at `path`, whose parent exists; a directory over a directory keeps the children. */
  put(path: TreePath, node: Node): void {
    this.#editor.put(path, node);
  }

  /** Removes what is at `path` with all below it. */
  remove(path: TreePath): void {
    this.#editor.remove(path);
  }

  /** The smallest layer that makes of the tree below what this is, until this is changed again. */
  entries(): Iterable<LayerEntry> {
    return changesBetween(this.#base, this.#editor.tree());
  }

  /** Makes what is there now the tree that {@link entries} compares with. */
  mark(): void {
    this.#base = this.#editor.finish();
  }

  #at(path: TreePath): Place {
    return { path, node: this.lookup(path) };
  }

  #fresh(owner: Owner): Attributes {
    return { mode: 0o755, ...owner, mtimeNs: this.mtimeNs, xattrs: NO_XATTRS };
  }
}

/** The names of a path that may hold `..`, last first, for use as a stack. */
function partsOf(path: ByteString): ByteString[] {
  return (path.split('/') as ByteString[]).filter((name) => name !== '' && name !== '.').reverse();
}

function unusable(path: ByteString, fact: string) {
  return buildError('copy-conflict', `find ${JSON.stringify(decodeText(path).slice(0, 200))} in the image: it ${fact}`);
}

import { type DirectoryNode, equalNodes, type Node } from './node.ts';
import { joinPath, type TreePath } from './path.ts';

/** A node that so far is what it was in the lower tree. */
interface KeptNode {
  /** The one node that every name holds in the lower tree, equal to this. */
  readonly lower: Node;
  /** The directories that hold the names. */
  readonly directories: TreePath[];
}

/** A directory that is the same object in both trees. */
interface SharedDirectory {
  readonly path: TreePath;
  readonly directory: DirectoryNode;
}

/**
 * Which nodes that are no directories a layer must write with all their names: those that differ below, and those that
 * are equal there but would stay joined to another file, because one lower file became several.
 *
 * Of a changed node no more is kept than that it is: a layer may hold very many, and few have several names.
 */
export class LinkGroups {
  readonly #onChange: (directory: TreePath) => void;
  readonly #changed = new Set<Node>();
  readonly #kept = new Map<Node, KeptNode>();
  readonly #shared: SharedDirectory[] = [];
  /** The changed nodes with several names: under which they are written, once that is known. */
  readonly #firstNames = new Map<Node, TreePath | undefined>();

  /** `onChange` is told of every directory that holds a name of a changed node. */
  constructor(onChange: (directory: TreePath) => void) {
    this.#onChange = onChange;
  }

  /** A name in `directory` that holds `node` and held `old`. */
  addName(directory: TreePath, old: Node | undefined, node: Node): void {
    if (this.#changed.has(node)) {
      this.#addChangedName(directory, node);
      return;
    }
    const kept = this.#kept.get(node);
    if (kept !== undefined) {
      kept.directories.push(directory);
      if (old !== kept.lower) this.#change(node, kept);
    } else if (old !== undefined && equalNodes(old, node)) {
      this.#kept.set(node, { lower: old, directories: [directory] });
    } else {
      this.#changed.add(node);
      this.#onChange(directory);
    }
  }

  /** A directory that holds the same in both trees; its names matter only to nodes that have others elsewhere. */
  addShared(path: TreePath, directory: DirectoryNode): void {
    this.#shared.push({ path, directory });
  }

  /** Decides over all nodes, once all names were added. */
  settle(): void {
    const claims = this.#claimLowerNodes();
    // A node that is the lower node itself is unchanged whatever other names it has.
    const isOpen = this.#changed.size > 0 || [...this.#kept].some(([node, { lower }]) => lower !== node);
    if (isOpen) for (const { path, directory } of this.#shared) this.#joinShared(path, directory, claims);
    this.#kept.clear();
    this.#shared.length = 0;
  }

  /** After {@link settle}: whether `node` must be written. */
  isChanged(node: Node): boolean {
    return this.#changed.has(node);
  }

  /** After {@link settle}: the name under which `node`, a changed one, is written: the one first asked for. */
  firstName(node: Node, path: TreePath): TreePath {
    if (!this.#firstNames.has(node)) return path;
    const first = this.#firstNames.get(node) ?? path;
    this.#firstNames.set(node, first);
    return first;
  }

  #addChangedName(directory: TreePath, node: Node): void {
    this.#firstNames.set(node, undefined);
    this.#onChange(directory);
  }

  #change(node: Node, { directories }: KeptNode): void {
    this.#kept.delete(node);
    this.#changed.add(node);
    if (directories.length > 1) this.#firstNames.set(node, undefined);
    for (const directory of directories) this.#onChange(directory);
  }

  /** Which node keeps each lower node: the first; the others must be written anew, or they would stay joined to it. */
  #claimLowerNodes(): Map<Node, Node> {
    const claims = new Map<Node, Node>();
    for (const [node, kept] of this.#kept) {
      if (claims.has(kept.lower)) this.#change(node, kept);
      else claims.set(kept.lower, node);
    }
    return claims;
  }

  #joinShared(path: TreePath, directory: DirectoryNode, claims: ReadonlyMap<Node, Node>): void {
    for (const [name, node] of directory.children) {
      if (node.kind === 'directory') {
        this.#joinShared(joinPath(path, name), node, claims);
        continue;
      }
      // In a shared directory the lower node of a name is the node itself.
      if (this.#changed.has(node)) this.#addChangedName(path, node);
      const kept = this.#kept.get(node);
      if (kept !== undefined) {
        kept.directories.push(path);
        if (kept.lower !== node) this.#change(node, kept);
      }
      const claimant = claims.get(node);
      const claim = claimant === undefined ? undefined : this.#kept.get(claimant);
      if (claimant !== undefined && claim !== undefined && claimant !== node) this.#change(claimant, claim);
    }
  }
}

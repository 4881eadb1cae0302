import type { ByteString } from '../bytes/index.ts';
import { decodeText } from '../bytes/index.ts';
import { PlinthError } from '../errors/index.ts';
import type { LayerEntry } from './layer-entry.ts';
import { NO_CHILDREN, type Node } from './node.ts';
import {
  baseName,
  joinPath,
  PATH_LIMIT_BYTES,
  parentPath,
  pathNames,
  ROOT_PATH,
  type TreePath,
  treePath,
} from './path.ts';
import { LINK_LIMIT, type Tree } from './tree.ts';
import { TreeEditor } from './tree-editor.ts';
import type { TreeErrorCode } from './tree-errors.ts';

type HardlinkEntry = Extract<LayerEntry, { kind: 'hardlink' }>;

interface EarlyLinks {
  /** By where their targets will be. */
  readonly waiting: ReadonlyMap<TreePath, readonly HardlinkEntry[]>;
  readonly done: Set<HardlinkEntry>;
}

/**
 * The file system that the layer `entries` makes of `base` (OCI image specification, layer.md, Applying Changesets).
 * Nodes that do not change are the same objects in both.
 *
 * Whiteouts and opaque markers come first, wherever they stand: they hide what is below, never their own siblings.
 * Then the rest in order: a directory over a directory keeps the children, everything else replaces. A parent that is a
 * symbolic link is followed inside the root, as containerd and Docker do; one that is missing or no directory is made.
 * A hard link may precede its target.
 *
 * @throws PlinthError `layer-link-missing`, `layer-link-directory`, `layer-link-loop`, `layer-name-invalid`
 */
export function applyLayer(base: Tree, entries: Iterable<LayerEntry>): Tree {
  const layer = [...entries];
  const application = new LayerApplication(base, layer);
  application.hide();
  application.add();
  return application.finish();
}

class LayerApplication {
  readonly #base: Tree;
  readonly #layer: readonly LayerEntry[];
  readonly #editor: TreeEditor;
  /** The last parent that needed no link, so that a run of siblings is resolved once. */
  #straightParent: TreePath | undefined;
  #ownPaths: ReadonlySet<TreePath> | undefined;

  constructor(base: Tree, layer: readonly LayerEntry[]) {
    this.#base = base;
    this.#layer = layer;
    this.#editor = new TreeEditor(base);
  }

  finish(): Tree {
    return this.#editor.finish();
  }

  hide(): void {
    for (const entry of this.#layer) {
      if (entry.kind === 'whiteout' && !this.#replacesLinkAbove(parentPath(entry.path))) {
        const path = this.#place(entry.path);
        if (path !== ROOT_PATH) this.#editor.remove(path);
      } else if (entry.kind === 'opaque' && !this.#replacesLinkAbove(entry.path)) {
        this.#editor.clear(this.#directory(entry.path));
      }
    }
    this.#straightParent = undefined;
  }

  add(): void {
    const early: HardlinkEntry[] = [];
    for (const entry of this.#layer) {
      if (entry.kind === 'node') this.#put(entry.path, entry.node);
      else if (entry.kind === 'hardlink' && !this.#link(entry)) early.push(entry);
    }
    this.#linkEarly(early);
  }

  #put(path: TreePath, node: Node): void {
    const bare = node.kind === 'directory' && node.children.size > 0 ? { ...node, children: NO_CHILDREN } : node;
    this.#editor.put(path === ROOT_PATH ? path : this.#place(path), bare);
  }

  /** Links whose targets came later, which may be links themselves; then those to what this layer itself removes. */
  #linkEarly(links: readonly HardlinkEntry[]): void {
    const waiting = Map.groupBy(links, (entry) => this.#place(entry.target));
    const done = new Set<HardlinkEntry>();
    for (const tree of [this.#editor.tree(), this.#base]) {
      for (const entry of links) {
        const node = done.has(entry) ? undefined : tree.lookup(this.#place(entry.target));
        if (node !== undefined) this.#linkChain(entry, node, { waiting, done });
      }
    }
    for (const entry of links) if (!done.has(entry)) this.#linkTo(entry, undefined);
  }

  /** Links `entry`, what waits for it, what waits for that: each once, since a layer may be one long chain. */
  #linkChain(entry: HardlinkEntry, node: Node, { waiting, done }: EarlyLinks): void {
    const chain = [entry];
    for (const next of chain) {
      if (done.has(next)) continue;
      done.add(next);
      const path = this.#linkTo(next, node);
      for (const other of waiting.get(path) ?? []) chain.push(other);
    }
  }

  #link(entry: HardlinkEntry): boolean {
    const node = this.#editor.lookup(this.#place(entry.target));
    if (node === undefined) return false;
    this.#linkTo(entry, node);
    return true;
  }

  /** Returns where the link went. */
  #linkTo(entry: HardlinkEntry, node: Node | undefined): TreePath {
    if (node === undefined) throw linkError('layer-link-missing', entry, 'which does not exist');
    if (node.kind === 'directory') throw linkError('layer-link-directory', entry, 'which is a directory');
    const path = this.#place(entry.path);
    this.#editor.put(path, node);
    return path;
  }

  /** Where an entry for `path` goes: its parent's links are followed, its own name is not. */
  #place(path: TreePath): TreePath {
    const parent = parentPath(path);
    if (parent === this.#straightParent) return path;
    const directory = this.#directory(parent);
    if (directory === parent) {
      this.#straightParent = parent;
      return path;
    }
    this.#straightParent = undefined;
    return joinPath(directory, baseName(path));
  }

  /** `path` with the symbolic links on it followed inside the root; what does not exist stays as it is written. */
  #directory(path: TreePath): TreePath {
    if (!this.#hasLink(path)) return path;
    const names: ByteString[] = [];
    const nodes: (Node | undefined)[] = [this.#editor.tree().root];
    const left = pathNames(path).reverse();
    let linksLeft = LINK_LIMIT;
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      if (name === '..') {
        if (names.pop() !== undefined) nodes.pop();
        continue;
      }
      const directory = nodes.at(-1);
      const node = directory?.kind === 'directory' ? directory.children.get(name) : undefined;
      if (node?.kind !== 'symlink') {
        names.push(name);
        nodes.push(node);
        continue;
      }
      if (linksLeft-- === 0) throw loopError(path);
      if (node.target.startsWith('/')) names.length = 0;
      nodes.length = names.length + 1;
      left.push(...targetNames(node.target));
    }
    return checkPath(names.join('/') as TreePath);
  }

  #hasLink(path: TreePath): boolean {
    let node: Node | undefined = this.#editor.tree().root;
    for (const name of pathNames(path)) {
      if (node.kind !== 'directory') return node.kind === 'symlink';
      node = node.children.get(name);
      if (node === undefined) return false;
    }
    return node.kind === 'symlink';
  }

  /**
   * Whether the way to `path` leads over a link that this layer puts something else in place of: then nothing of the
   * lower layers shows below it, and following the old link would remove what the whiteout does not mean.
   */
  #replacesLinkAbove(path: TreePath): boolean {
    if (!this.#hasLink(path)) return false;
    this.#ownPaths ??= new Set(this.#layer.filter(isAddition).map((entry) => entry.path));
    let here = ROOT_PATH;
    for (const name of pathNames(path)) {
      here = joinPath(here, name);
      if (this.#ownPaths.has(here) && this.#editor.lookup(here)?.kind !== 'directory') return true;
    }
    return false;
  }
}

function isAddition(entry: LayerEntry): boolean {
  return entry.kind === 'node' || entry.kind === 'hardlink';
}

/** The names of a link's target, last first. */
function targetNames(target: ByteString): ByteString[] {
  if (target.length > PATH_LIMIT_BYTES) throw pathError(target);
  return (target.split('/') as ByteString[]).filter((name) => name !== '' && name !== '.').reverse();
}

/** Link targets are any bytes: what they add up to must still be a path. */
function checkPath(path: TreePath): TreePath {
  if (treePath(path) !== path) throw pathError(path);
  return path;
}

function pathError(path: ByteString): PlinthError<TreeErrorCode> {
  return new PlinthError<TreeErrorCode>(`apply layer: a link leads to ${shown(path)}, which cannot be a path`, {
    code: 'layer-name-invalid',
    details: { path },
  });
}

function loopError(path: TreePath): PlinthError<TreeErrorCode> {
  return new PlinthError<TreeErrorCode>(`apply layer: ${shown(path)} leads through more than ${LINK_LIMIT} links`, {
    code: 'layer-link-loop',
    details: { path },
  });
}

function linkError(code: TreeErrorCode, entry: HardlinkEntry, fact: string): PlinthError<TreeErrorCode> {
  const message = `apply layer: hard link ${shown(entry.path)} names ${shown(entry.target)}, ${fact}`;
  const hint = 'The archive is broken or hostile: a hard link names a file of the same archive, or of a layer below.';
  return new PlinthError<TreeErrorCode>(message, { code, hint, details: { path: entry.path, target: entry.target } });
}

function shown(path: ByteString): string {
  return JSON.stringify(decodeText(path.slice(0, 200) as ByteString));
}

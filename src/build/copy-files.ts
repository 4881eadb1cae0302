import { type ByteString, decodeText } from '../bytes/index.ts';
import {
  type DirectoryNode,
  joinPath,
  linkedNodes,
  NO_CHILDREN,
  type Node,
  parentPath,
  sortedChildren,
  type TreePath,
} from '../tree/index.ts';
import type { CopySource } from './copy-source.ts';
import { buildError } from './error.ts';
import { FileCopy } from './file-copy.ts';
import type { ModeChange } from './file-mode.ts';
import { type LayerDraft, type Owner, ROOT_OWNER } from './layer-draft.ts';

/** What COPY does to what it copies. */
export interface CopyOptions {
  /** Absolute; a slash at the end makes it a directory. */
  readonly destination: ByteString;
  /** Of everything, if given; else sources keep theirs. */
  readonly owner?: Owner | undefined;
  readonly mode?: ModeChange | undefined;
  /**
   * The sources' nodes stand in no other tree that has to do with the layer: those that need no change are taken as they
   * are, whole directories at once. Else they are copied, lest files that have nothing to do with each other become one
   * with two names.
   */
  readonly adopt?: boolean;
}

/**
 * Puts the sources into the layer by the rules of COPY, as BuildKit has them: a directory gives what is in it, merged
 * into a directory that is there; a file goes into a destination that is a directory or ends in a slash, else it gets
 * its name. Links in the destination are followed inside the image; links among what is copied stay links.
 *
 * @throws PlinthError `copy-conflict`
 */
export function copyFiles(draft: LayerDraft, sources: readonly CopySource[], options: CopyOptions): void {
  checkDestination(draft, sources, options);
  for (const source of sources) new Copy(draft, options).source(source);
}

/** Several files would silently replace each other under one name. */
function checkDestination(draft: LayerDraft, sources: readonly CopySource[], { destination }: CopyOptions): void {
  if (sources.length < 2 || destination.endsWith('/')) return;
  if (sources.every((source) => source.node.kind === 'directory')) return;
  if (draft.resolve(destination).node?.kind === 'directory') return;
  throw buildError(
    'copy-conflict',
    `copy ${sources.length} sources to ${decodeText(destination)}: with more than one the destination must be a directory`,
    { hint: `End the destination with a slash: ${decodeText(destination)}/` },
  );
}

class Copy {
  readonly #draft: LayerDraft;
  readonly #options: CopyOptions;
  /** The nodes of the source with several names, and their copies, so that they stay hard links. */
  #linked: ReadonlySet<Node> = new Set();
  readonly #copies = new Map<Node, Node>();

  constructor(draft: LayerDraft, options: CopyOptions) {
    this.#draft = draft;
    this.#options = options;
  }

  source({ name, node }: CopySource): void {
    const { destination } = this.#options;
    const owner = this.#options.owner ?? ROOT_OWNER;
    if (destination.endsWith('/')) this.#draft.makeDirectories(this.#draft.resolve(destination).path, owner);
    const place = this.#draft.resolve(destination);
    if (node.kind === 'directory') {
      if (place.node !== undefined && place.node.kind !== 'directory') throw notDirectory(place.path);
      this.#draft.makeDirectories(place.path, owner);
      if (!this.#isAdopted) this.#linked = linkedNodes(node);
      this.#children(place.path, node);
      return;
    }
    const path = place.node?.kind === 'directory' ? joinPath(place.path, name) : place.path;
    this.#draft.makeDirectories(parentPath(path), owner);
    this.#put(path, node);
  }

  #children(path: TreePath, directory: DirectoryNode): void {
    for (const [name, node] of sortedChildren(directory)) {
      const childPath = joinPath(path, name);
      if (this.#isAdopted && this.#draft.lookup(childPath) === undefined) {
        this.#draft.put(childPath, node);
        continue;
      }
      this.#put(childPath, node);
      if (node.kind === 'directory') this.#children(childPath, node);
    }
  }

  /** Whether nodes are taken as they are. */
  get #isAdopted(): boolean {
    const { adopt = false, owner, mode } = this.#options;
    return adopt && owner === undefined && mode === undefined;
  }

  #put(path: TreePath, node: Node): void {
    const old = this.#draft.lookup(path);
    if (node.kind === 'directory' && old !== undefined && old.kind !== 'directory') throw notDirectory(path);
    if (node.kind !== 'directory' && old?.kind === 'directory') throw notFile(path, node);
    this.#draft.put(path, this.#copyOf(node));
  }

  #copyOf(node: Node): Node {
    if (this.#isAdopted && node.kind !== 'directory') return node;
    const known = this.#copies.get(node);
    if (known !== undefined) return known;
    const copy = this.#changed(node);
    if (this.#linked.has(node)) this.#copies.set(node, copy);
    return copy;
  }

  #changed(node: Node): Node {
    const { owner, mode: change } = this.#options;
    const mode =
      change === undefined || node.kind === 'symlink' ? node.mode : change(node.mode, node.kind === 'directory');
    const changes = { mode, uid: owner?.uid ?? node.uid, gid: owner?.gid ?? node.gid };
    if (node.kind === 'file') return new FileCopy(node, changes);
    const attributes = { ...changes, mtimeNs: node.mtimeNs, xattrs: node.xattrs };
    switch (node.kind) {
      case 'directory':
        return { kind: 'directory', ...attributes, children: NO_CHILDREN };
      case 'symlink':
        return { kind: 'symlink', ...attributes, target: node.target };
      case 'fifo':
        return { kind: 'fifo', ...attributes };
      case 'character':
      case 'block':
        return { kind: node.kind, ...attributes, major: node.major, minor: node.minor };
    }
  }
}

function notDirectory(path: TreePath) {
  return buildError('copy-conflict', `copy directory to /${decodeText(path)}: what is there is no directory`, {
    hint: 'Choose another destination, or remove the file with a RUN before.',
    details: { path: decodeText(path) },
  });
}

function notFile(path: TreePath, node: Node) {
  return buildError('copy-conflict', `copy ${node.kind} to /${decodeText(path)}: a directory is there already`, {
    hint: 'Choose another destination, or remove the directory with a RUN before.',
    details: { path: decodeText(path) },
  });
}

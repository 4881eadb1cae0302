import { chmodSync, linkSync, mkdirSync, symlinkSync } from 'node:fs';
import { type ByteString, encodeText } from '../bytes/index.ts';
import { isPlinthError, PlinthError } from '../errors/index.ts';
import {
  type Attributes,
  type DeviceNode,
  type DirectoryNode,
  type FifoNode,
  isOverlayXattr,
  joinPath,
  type LayerEntry,
  type Node,
  type OverlayFlavour,
  overlayTree,
  ROOT_PATH,
  Tree,
  type TreePath,
} from '../tree/index.ts';
import { makeNode } from './device.ts';
import { FileWriter } from './file-writer.ts';
import { type HostErrorCode, hostError } from './host-errors.ts';
import { hostPath, joinHostPath } from './host-path.ts';
import { OwnerSetter } from './owner.ts';
import { runPaced, runSteps } from './pacer.ts';
import { readNames } from './read-node.ts';
import { realDirectory } from './read-tree.ts';
import { utimensNs } from './time.ts';
import { lsetxattr } from './xattr.ts';

export interface MaterialiseOptions {
  /** `keep` gives every file the owner the tree says; `squash` leaves all to this process's user. */
  readonly owners: 'keep' | 'squash';
  /**
   * Make a lower directory for overlayfs: removals and opaque directories as it reads them (`user` for mounts with
   * `userxattr`), and none of the extended attributes that are its own. Needed for a layer.
   */
  readonly overlay?: OverlayFlavour;
  /** Told of each device or extended attribute this user may not make, which is then left out; without it that is an error. */
  readonly onDenied?: (path: TreePath, error: PlinthError) => void;
}

/**
 * Makes the files of a tree, or of a layer for overlayfs, in `directory`, which must be empty or not exist. Attributes
 * are exact, times to the nanosecond, holes stay holes, names of one node are hard links.
 *
 * No link is ever followed: each directory is made here before anything in it, everything else is made with calls that
 * fail if the name exists, and links never come before names below them, since a tree has none. This holds as long as
 * nobody else writes in `directory`; after a failure what was made stays.
 *
 * @throws PlinthError `host-not-empty`, `host-write-failed`, `host-owner-denied`, `host-device-denied`,
 *   `host-xattr-denied`; for a layer also what `overlayTree` throws; whatever reading a content throws
 */
export function materialise(
  source: Tree | readonly LayerEntry[],
  directory: string,
  options: MaterialiseOptions,
): void {
  runSteps(new Materialisation(options).make(source, directory));
}

/**
 * Like {@link materialise}, letting the event loop run now and then.
 *
 * @throws PlinthError as {@link materialise}; the signal's reason
 */
export function materialisePaced(
  source: Tree | readonly LayerEntry[],
  directory: string,
  { signal, ...options }: MaterialiseOptions & { readonly signal?: AbortSignal },
): Promise<void> {
  return runPaced(new Materialisation(options).make(source, directory), signal);
}

/** How many files are made between two chances to pause. */
const FILES_PER_STEP = 32;

class Materialisation {
  readonly #options: MaterialiseOptions;
  readonly #owners: OwnerSetter;
  readonly #files: FileWriter;
  readonly #umask = process.umask();
  /** Where each node that is no directory was made first. */
  readonly #made = new Map<Node, ByteString>();

  #dropsOverlayXattrs = false;

  constructor(options: MaterialiseOptions) {
    this.#options = options;
    this.#owners = new OwnerSetter(options.owners);
    this.#files = new FileWriter(this.#owners, this.#umask);
  }

  *make(source: Tree | readonly LayerEntry[], directory: string): Generator<void> {
    const isTree = source instanceof Tree;
    const tree = isTree ? source : overlayTree(source, this.#options.overlay ?? 'trusted');
    this.#dropsOverlayXattrs = isTree && this.#options.overlay !== undefined;
    const root = prepareRoot(directory);
    yield* this.#fill(ROOT_PATH, root, tree.root);
    this.#finishDirectory(ROOT_PATH, root, tree.root);
  }

  *#fill(path: TreePath, host: ByteString, directory: DirectoryNode): Generator<void> {
    for (const [name, node] of directory.children) {
      const [childPath, childHost] = [joinPath(path, name), joinHostPath(host, name)];
      if (node.kind !== 'directory') {
        this.#makeLeaf(childPath, childHost, node);
        if (this.#made.size % FILES_PER_STEP === 0) yield;
        continue;
      }
      makeDirectory(childHost, node.mode);
      yield* this.#fill(childPath, childHost, node);
      this.#finishDirectory(childPath, childHost, node);
      yield;
    }
  }

  /** Sets what making the children would have changed, or would have been hindered by. */
  #finishDirectory(path: TreePath, host: ByteString, node: DirectoryNode): void {
    try {
      this.#owners.set(host, node, { isNew: path !== ROOT_PATH });
      if (path === ROOT_PATH || node.mode !== (directoryMode(node.mode) & ~this.#umask)) {
        chmodSync(hostPath(host), node.mode);
      }
      this.#setXattrs(path, host, node);
      utimensNs(host, node.mtimeNs);
    } catch (error) {
      throw hostError(error, { action: 'set the attributes of', path: host, code: 'host-write-failed' });
    }
  }

  #makeLeaf(path: TreePath, host: ByteString, node: LeafNode): void {
    try {
      const first = this.#made.get(node);
      if (first !== undefined) linkSync(hostPath(first), hostPath(host));
      else if (this.#makeFirst(path, host, node)) this.#made.set(node, host);
    } catch (error) {
      throw hostError(error, { action: `make ${node.kind}`, path: host, code: 'host-write-failed' });
    }
  }

  /** Returns whether it was made. */
  #makeFirst(path: TreePath, host: ByteString, node: LeafNode): boolean {
    if (node.kind === 'file') {
      this.#files.make(host, node, () => this.#setXattrs(path, host, node));
      return true;
    }
    if (node.kind === 'symlink') {
      symlinkSync(hostPath(node.target), hostPath(host));
      this.#owners.set(host, node);
    } else {
      if (!this.#permitted(path, () => makeSpecial(host, node))) return false;
      this.#owners.set(host, node);
      if (node.mode !== (node.mode & 0o777 & ~this.#umask)) chmodSync(hostPath(host), node.mode);
    }
    this.#setXattrs(path, host, node);
    utimensNs(host, node.mtimeNs);
    return true;
  }

  #setXattrs(path: TreePath, host: ByteString, { xattrs }: Attributes): void {
    for (const [name, value] of xattrs) {
      if (this.#dropsOverlayXattrs && isOverlayXattr(name)) continue;
      this.#permitted(path, () => lsetxattr(host, name, value));
    }
  }

  /** Runs what this user may not be allowed to do; returns whether it was done. */
  #permitted(path: TreePath, make: () => void): boolean {
    try {
      make();
      return true;
    } catch (error) {
      const isDenied =
        isPlinthError(error) && (error.code === 'host-device-denied' || error.code === 'host-xattr-denied');
      if (!isDenied || this.#options.onDenied === undefined) throw error;
      this.#options.onDenied(path, error);
      return false;
    }
  }
}

type LeafNode = Exclude<Node, DirectoryNode>;

function makeSpecial(host: ByteString, node: DeviceNode | FifoNode): void {
  const [major, minor] = node.kind === 'fifo' ? [0, 0] : [node.major, node.minor];
  makeNode(host, { kind: node.kind, mode: node.mode & 0o777, major, minor });
}

/** What a directory is made with: it must be writable for us until all in it is made. */
function directoryMode(mode: number): number {
  return (mode & 0o777) | 0o700;
}

function makeDirectory(host: ByteString, mode: number): void {
  try {
    mkdirSync(hostPath(host), { mode: directoryMode(mode) });
  } catch (error) {
    throw hostError(error, { action: 'make directory', path: host, code: 'host-write-failed' });
  }
}

function prepareRoot(directory: string): ByteString {
  try {
    mkdirSync(directory, { recursive: true });
    const root = realDirectory(directory);
    if (readNames(root).length > 0) throw notEmpty(directory);
    // A setgid directory would hand its group on to everything made in it.
    chmodSync(hostPath(root), 0o700);
    return root;
  } catch (error) {
    throw hostError(error, { action: 'make directory', path: encodeText(directory), code: 'host-write-failed' });
  }
}

function notEmpty(directory: string): PlinthError<HostErrorCode> {
  return new PlinthError<HostErrorCode>(`fill directory ${directory}: it is not empty`, {
    code: 'host-not-empty',
    hint: 'Name a directory that is empty or does not exist.',
    details: { path: directory },
  });
}

import type { BigIntStats } from 'node:fs';
import { type ByteString, byteString, compareBytes, decodeText } from '../bytes/index.ts';
import { PlinthError } from '../errors/index.ts';
import {
  type Attributes,
  isOverlayXattr,
  joinPath,
  type LayerEntry,
  NO_CHILDREN,
  NO_XATTRS,
  type OverlayFlavour,
  ROOT_PATH,
  type TreePath,
  type Xattrs,
} from '../tree/index.ts';
import type { HostErrorCode } from './host-errors.ts';
import { joinHostPath } from './host-path.ts';
import { runPaced, runSteps } from './pacer.ts';
import { attributesOf, LinkMap, readLeaf, readNames, readPortableXattrs, readStatus } from './read-node.ts';
import { realDirectory } from './read-tree.ts';
import { utimensNs } from './time.ts';

export interface ReadUpperOptions {
  /** Whose extended attributes the overlay keeps its records in: `user` if it was mounted with `userxattr`. */
  readonly xattrPrefix: OverlayFlavour;
  /** Files and directories changed later than this get this time. */
  readonly clampNs?: bigint;
  /** Set the clamped times on the files too, so that `upper` shows what the layer says. */
  readonly writeClamped?: boolean;
  /** Told of each socket: they are left out, as no layer can hold them. */
  readonly onSocket?: (path: TreePath) => void;
}

/**
 * What an overlayfs upper directory changes, as a layer (kernel documentation, overlayfs.rst): whiteouts in either form,
 * opaque directories, hard links; the records of overlayfs itself left out. In the order of `diffTrees`, with an entry
 * for the root always: `upper` is what the root of the overlay shows. To be called when nothing has the overlay mounted any more; the files must stay until the contents have been read.
 *
 * @throws PlinthError `host-read-failed`, `host-write-failed`, `host-overlay-unsupported` (the overlay was mounted with
 *   `redirect_dir` or `metacopy`)
 */
export function readUpper(upper: string, options: ReadUpperOptions): LayerEntry[] {
  return runSteps(new UpperReader(options).read(realDirectory(upper)));
}

/**
 * Like {@link readUpper}, letting the event loop run now and then.
 *
 * @throws PlinthError as {@link readUpper}; the signal's reason
 */
export function readUpperPaced(
  upper: string,
  { signal, ...options }: ReadUpperOptions & { readonly signal?: AbortSignal },
): Promise<LayerEntry[]> {
  return runPaced(new UpperReader(options).read(realDirectory(upper)), signal);
}

interface Found {
  readonly path: TreePath;
  readonly hostPath: ByteString;
  readonly status: BigIntStats;
  readonly xattrs: Xattrs;
}

const DETAILS = { xattrs: true, holes: true };

class UpperReader {
  readonly #options: ReadUpperOptions;
  readonly #entries: LayerEntry[] = [];
  readonly #links = new LinkMap<TreePath>();

  constructor(options: ReadUpperOptions) {
    this.#options = options;
  }

  *read(upper: ByteString): Generator<void, LayerEntry[]> {
    const root = { path: ROOT_PATH, hostPath: upper, status: readStatus(upper), xattrs: readPortableXattrs(upper) };
    yield* this.#readDirectory(root);
    return this.#entries;
  }

  *#readDirectory(directory: Found): Generator<void> {
    const { path, hostPath, xattrs } = directory;
    this.#checkRecords(directory);
    const children = readNames(hostPath)
      .sort(compareBytes)
      .map((name) => this.#find(directory, name));
    const node = { kind: 'directory', ...this.#attributes(directory), children: NO_CHILDREN } as const;
    this.#entries.push({ kind: 'node', path, node });
    if (this.#record(xattrs, 'opaque') === 'y') this.#entries.push({ kind: 'opaque', path });
    const [removed, kept] = partition(children, (child) => this.#isWhiteout(child));
    for (const child of removed) this.#entries.push({ kind: 'whiteout', path: child.path });
    for (const child of kept) {
      if (child.status.isDirectory()) yield* this.#readDirectory(child);
      else this.#readLeaf(child);
    }
    yield;
  }

  #find(directory: Found, name: ByteString): Found {
    const hostPath = joinHostPath(directory.hostPath, name);
    const status = readStatus(hostPath);
    const isWhiteoutDevice = status.isCharacterDevice() && status.rdev === 0n;
    const xattrs = isWhiteoutDevice ? NO_XATTRS : readPortableXattrs(hostPath);
    return { path: joinPath(directory.path, name), hostPath, status, xattrs };
  }

  #isWhiteout({ status, xattrs }: Found): boolean {
    if (status.isCharacterDevice()) return status.rdev === 0n;
    return status.isFile() && status.size === 0n && this.#record(xattrs, 'whiteout') !== undefined;
  }

  #readLeaf(found: Found): void {
    const { path, hostPath, status } = found;
    this.#checkRecords(found);
    const target = this.#links.find(status);
    if (target !== undefined) {
      this.#entries.push({ kind: 'hardlink', path, target });
      return;
    }
    const attributes = this.#attributes(found);
    const node = readLeaf(hostPath, status, { details: DETAILS, xattrs: attributes.xattrs });
    if (node === undefined) {
      this.#options.onSocket?.(path);
      return;
    }
    this.#links.keep(status, path);
    this.#entries.push({ kind: 'node', path, node: { ...node, mtimeNs: attributes.mtimeNs } });
  }

  #attributes({ hostPath, status, xattrs }: Found): Attributes {
    const kept = [...xattrs].filter(([name]) => !isOverlayXattr(name));
    const attributes = attributesOf(status, kept.length === 0 ? NO_XATTRS : new Map(kept));
    const { clampNs, writeClamped } = this.#options;
    if (clampNs === undefined || attributes.mtimeNs <= clampNs) return attributes;
    if (writeClamped) utimensNs(hostPath, clampNs);
    return { ...attributes, mtimeNs: clampNs };
  }

  /** The value of one of overlayfs's own records on a file. */
  #record(xattrs: Xattrs, name: string): string | undefined {
    const value = xattrs.get(`${this.#options.xattrPrefix}.overlay.${name}` as ByteString);
    return value === undefined ? undefined : byteString(value);
  }

  /** A redirect or a metadata-only copy points into the lower layers: the upper directory does not hold the file. */
  #checkRecords({ path, xattrs }: Found): void {
    if (xattrs.size === 0) return;
    for (const feature of ['redirect', 'metacopy']) {
      if (this.#record(xattrs, feature) === undefined) continue;
      throw new PlinthError<HostErrorCode>(`read overlay ${decodeText(path)}: it has an overlay.${feature} record`, {
        code: 'host-overlay-unsupported',
        hint: 'Mount the overlay with redirect_dir=nofollow,metacopy=off.',
        details: { path, feature },
      });
    }
  }
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  const [yes, no]: [T[], T[]] = [[], []];
  for (const item of items) (test(item) ? yes : no).push(item);
  return [yes, no];
}

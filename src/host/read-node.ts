import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import type { ByteString } from '../bytes/index.ts';
import { type Attributes, NO_XATTRS, type Node, type Xattrs } from '../tree/index.ts';
import { majorOf, minorOf } from './device.ts';
import { fileContent } from './file-content.ts';
import { dataExtents } from './holes.ts';
import { hostError } from './host-errors.ts';
import { hostPath } from './host-path.ts';
import { lgetxattrs } from './xattr.ts';

/** Files from this size on are asked for holes if they use fewer blocks than they have bytes. */
const HOLES_FROM_BYTES = 64 * 1024;
const BLOCK_BYTES = 512n;

/** What to read of each file beside what lstat(2) tells. */
export interface NodeDetails {
  readonly xattrs: boolean;
  readonly holes: boolean;
}

/**
 * The names in a directory, in no order.
 *
 * @throws PlinthError `host-read-failed`
 */
export function readNames(path: ByteString): ByteString[] {
  try {
    return readdirSync(hostPath(path), { encoding: 'latin1' }) as ByteString[];
  } catch (error) {
    throw hostError(error, { action: 'read directory', path });
  }
}

/** What lstat(2) tells of `path`. */
export function readStatus(path: ByteString): BigIntStats {
  try {
    return lstatSync(hostPath(path), { bigint: true });
  } catch (error) {
    throw hostError(error, { action: 'read', path });
  }
}

/** The attributes that a file's status and extended attributes make. */
export function attributesOf(status: BigIntStats, xattrs: Xattrs): Attributes {
  const mode = Number(status.mode) & 0o7777;
  return { mode, uid: Number(status.uid), gid: Number(status.gid), mtimeNs: status.mtimeNs, xattrs };
}

/** The node of what is at `path` and no directory; undefined for a socket, which no archive or image can hold. */
export function readLeaf(path: ByteString, status: BigIntStats, { details, xattrs }: LeafFacts): Node | undefined {
  const attributes = attributesOf(status, xattrs);
  if (status.isFile()) {
    const sizeBytes = Number(status.size);
    const mayHaveHoles = sizeBytes >= HOLES_FROM_BYTES && status.blocks * BLOCK_BYTES < status.size;
    const extents = details.holes && mayHaveHoles ? dataExtents(path, sizeBytes) : undefined;
    return { kind: 'file', ...attributes, content: fileContent(path, sizeBytes, extents) };
  }
  if (status.isSymbolicLink()) return { kind: 'symlink', ...attributes, target: readTarget(path) };
  if (status.isFIFO()) return { kind: 'fifo', ...attributes };
  const kind = status.isCharacterDevice() ? 'character' : status.isBlockDevice() ? 'block' : undefined;
  if (kind === undefined) return undefined;
  return { kind, ...attributes, major: majorOf(status.rdev), minor: minorOf(status.rdev) };
}

interface LeafFacts {
  readonly details: NodeDetails;
  readonly xattrs: Xattrs;
}

function readTarget(path: ByteString): ByteString {
  try {
    return readlinkSync(hostPath(path), { encoding: 'latin1' }) as ByteString;
  } catch (error) {
    throw hostError(error, { action: 'read link', path });
  }
}

/** Of the host's own labels only capabilities mean anything in another system. */
const KEPT_SECURITY = 'security.capability';

/** The extended attributes of `path` that belong to the file rather than to this host's security modules. */
export function readPortableXattrs(path: ByteString): Xattrs {
  const xattrs = lgetxattrs(path);
  if (xattrs.size === 0) return xattrs;
  const kept = [...xattrs].filter(([name]) => name === KEPT_SECURITY || !name.startsWith('security.'));
  return kept.length === 0 ? NO_XATTRS : kept.length === xattrs.size ? xattrs : new Map(kept);
}

/** Finds the other names of files with several: by device and inode. */
export class LinkMap<T> {
  readonly #found = new Map<string, T>();

  /** What was kept for the same file under another name. */
  find(status: BigIntStats): T | undefined {
    return status.nlink > 1n ? this.#found.get(keyOf(status)) : undefined;
  }

  keep(status: BigIntStats, value: T): void {
    if (status.nlink > 1n) this.#found.set(keyOf(status), value);
  }
}

function keyOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

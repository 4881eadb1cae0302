import type { ByteString } from '../../bytes/index.ts';

export type TarKind = 'file' | 'directory' | 'symlink' | 'hardlink' | 'character' | 'block' | 'fifo';

/** A run of a sparse file that holds data. */
export interface TarExtent {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** What a tar says of one file system object, apart from where its bytes lie. */
export interface TarHeader {
  /** As archived, any bytes but NUL: may be absolute, hold `..`, or end in a slash. */
  readonly path: ByteString;
  readonly kind: TarKind;
  /** Permission, setuid, setgid and sticky bits: 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Modification time in ns since 1970, may be negative. */
  readonly mtimeNs: bigint;
  /** Of a symbolic link, or the path in the archive that a hard link names; otherwise empty. */
  readonly linkTarget: ByteString;
  readonly major: number;
  readonly minor: number;
  /** By full name (`user.note`), values as raw bytes. */
  readonly xattrs: ReadonlyMap<ByteString, Uint8Array>;
  /** Logical size of a file, holes included; 0 for all else. */
  readonly sizeBytes: number;
  /** Of a sparse file: where its data lies, ascending and disjoint. All else is zeros. Absent: all is data. */
  readonly extents?: readonly TarExtent[];
}

/** One entry of a tar archive and where its bytes lie in it. */
export interface TarEntry extends TarHeader {
  /** Bytes of data in the archive; of a sparse file: its extents, one after another. */
  readonly storedBytes: number;
  /** Where the data begins, from the start of the archive. */
  readonly dataOffsetBytes: number;
}

/** The extended attributes of an entry without any. */
export const NO_TAR_XATTRS: ReadonlyMap<ByteString, Uint8Array> = new Map();

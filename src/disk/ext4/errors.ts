import { PlinthError } from '../../errors/index.ts';

/** The errors thrown by `disk/`: code → what it means. */
export const diskErrors = {
  'ext4-acl-invalid': 'A POSIX ACL attribute is not in the form that the kernel gives and takes.',
  'ext4-content-short': 'A file gave fewer bytes than its size promised while the disk was written.',
  'ext4-device-number': 'A device number does not fit in ext4: major over 4095 or minor over 1048575.',
  'ext4-directory-too-large': 'A directory has more entries than ext4 can index.',
  'ext4-disk-too-large': 'The disk would be larger than 16 TiB.',
  'ext4-disk-too-small': 'The tree does not fit in the size asked for.',
  'ext4-file-too-large': 'A file is larger than ext4 allows: 16 TiB less one block.',
  'ext4-label-too-long': 'A volume label is longer than 16 bytes.',
  'ext4-link-target': 'The target of a symbolic link is empty, longer than 4095 bytes, or holds NUL.',
  'ext4-lost-found': '`/lost+found` is not a directory, which e2fsck needs.',
  'ext4-name-too-long': 'A name is longer than 255 bytes.',
  'ext4-owner-range': 'A uid, gid or mode does not fit in its field of the inode.',
  'ext4-size-invalid': 'A size, a number of inodes or a time for a disk is not a whole number from zero up.',
  'ext4-time-range': 'A modification time is before 1901 or after 2446, which ext4 cannot hold.',
  'ext4-too-few-inodes': 'The size asked for cannot hold as many inodes as the tree has: one per 4096 bytes at most.',
  'ext4-too-many-links': 'A file has more than 65000 hard links.',
  'ext4-xattr-name': 'ext4 has no place for an extended attribute of this name.',
  'ext4-xattr-too-large': 'The extended attributes of a node do not fit in its inode and one block.',
} as const;
export type DiskErrorCode = keyof typeof diskErrors;

/** What makes up an error of this room. */
export interface Refusal {
  readonly code: DiskErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The error for what cannot be written. */
export function refuse({ code, message, hint, details = {} }: Refusal): PlinthError<DiskErrorCode> {
  return new PlinthError<DiskErrorCode>(`write ext4: ${message}`, { code, hint, details });
}

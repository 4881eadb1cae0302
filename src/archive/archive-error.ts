import { PlinthError } from '../errors/index.ts';

/** The errors thrown by `archive/`: code → what it means. */
export const archiveErrors = {
  'tar-not-a-tar': 'What should be a tar archive does not begin with a tar header.',
  'tar-corrupt': 'A tar header in the middle of an archive is damaged: its checksum does not match.',
  'tar-truncated': 'A tar archive ends inside an entry.',
  'tar-header-invalid': 'A tar header or extended record holds a value that cannot be read.',
  'tar-limit-exceeded': 'A tar archive goes beyond a limit on sizes, lengths or counts.',
  'tar-entry-unencodable': 'An entry cannot be written to a tar archive, such as one with an empty name.',
  'tar-index-corrupt': 'The stored index of a layer is damaged.',
  'tar-index-version': 'The stored index of a layer was written by another version of Plinth.',
  'compressed-data-corrupt': 'Compressed data is damaged.',
  'compressed-data-truncated': 'Compressed data ends too early.',
  'compressed-data-unsupported': 'Compressed data uses a feature or needs more memory than the decoder allows.',
  'compressed-data-too-large': 'Compressed data grows beyond the limit that the caller set.',
  'ar-corrupt': 'An ar archive is damaged or is none.',
  'deb-invalid': 'A Debian package does not have the members that it must have.',
} as const;
export type ArchiveErrorCode = keyof typeof archiveErrors;

const HINTS: Partial<Record<ArchiveErrorCode, string>> = {
  'tar-truncated': 'The archive is not whole: fetch or write it again.',
  'tar-corrupt': 'The archive is damaged: fetch or write it again.',
  'tar-not-a-tar': 'Give a tar archive, plain or compressed with gzip, zstd, xz or bzip2.',
  'tar-header-invalid': 'The archive is damaged or hostile: fetch or write it again.',
  'tar-limit-exceeded': 'The archive is damaged or hostile: fetch or write it again.',
  'compressed-data-truncated': 'The file is not whole: fetch or write it again.',
  'compressed-data-corrupt': 'The file is damaged: fetch or write it again.',
  'compressed-data-unsupported': 'Compress it again with the usual settings of the tool.',
};

/** An error of this room. */
export function archiveError(
  code: ArchiveErrorCode,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): PlinthError<ArchiveErrorCode> {
  return new PlinthError(message, { code, hint: HINTS[code], details, cause });
}

/** An error found at a place of a tar archive. */
export function tarError(
  code: ArchiveErrorCode,
  fact: string,
  offsetBytes: number,
  details: Readonly<Record<string, unknown>> = {},
): PlinthError<ArchiveErrorCode> {
  return archiveError(code, `read tar: ${fact} at offset ${offsetBytes}`, { offsetBytes, ...details });
}

import { PlinthError } from '../errors/index.ts';

/** The errors thrown by `recipes/`: code → what it means. */
export const recipesErrors = {
  'busybox-missing': 'No BusyBox was found that the new system could use, and none could be fetched.',
  'busybox-not-elf': 'The file given as BusyBox is not an ELF program.',
  'busybox-dynamic': 'A BusyBox needs a loader or libraries that the new system does not have.',
  'busybox-foreign': 'A BusyBox is made for another processor than the new system.',
  'busybox-applets-unknown': 'The list of commands in a BusyBox could not be read.',
  'busybox-read-failed': 'A BusyBox could not be read.',
  'busybox-source-missing': 'No source of BusyBox could be read or fetched.',
  'busybox-source-invalid': 'What was given as the source of BusyBox is none, or holds what a source must not.',
  'busybox-download-failed': 'The source of BusyBox could not be downloaded.',
  'busybox-checksum': 'The source of BusyBox does not have the checksum that it must have.',
  'busybox-patch-failed': "A patch of Debian's source package does not fit the source.",
  'busybox-option-unknown': 'BusyBox has no option of this name that is on or off.',
  'busybox-option-refused': 'An option of BusyBox did not stay as it was asked for.',
  'busybox-applet-unknown': 'BusyBox has no command of this name.',
  'busybox-tools-missing': 'Programs or libraries that building BusyBox needs are missing.',
  'busybox-build-failed': 'Building BusyBox failed.',
  'busybox-output-used': 'The directory for a new BusyBox holds something else.',
  'pack-incomplete': 'A program to pack, or something that it needs to start, is missing.',
  'pack-path-invalid':
    'What was to be packed as well is not in the root file system, or cannot be put where it was to be.',
  'pack-differs': 'In the packed tree a program would load other files than where it came from.',
  'minios-directory-used': 'The directory for a new build context holds something else.',
  'minios-write-failed': 'A file of a new build context could not be written.',
} as const;
export type RecipesErrorCode = keyof typeof recipesErrors;

/** An error of this room. */
export function recipesError(
  code: RecipesErrorCode,
  message: string,
  fields: { hint?: string | undefined; cause?: unknown; details?: Record<string, unknown> } = {},
): PlinthError<RecipesErrorCode> {
  return new PlinthError(message, { code, ...fields });
}

import { PlinthError } from '../errors/index.ts';

/** The errors thrown by `recipes/`: code → what it means. */
export const recipesErrors = {
  'busybox-missing': 'No BusyBox was found that the new system could use, and none could be fetched.',
  'busybox-not-elf': 'The file given as BusyBox is not an ELF program.',
  'busybox-dynamic': 'A BusyBox needs a loader or libraries that the new system does not have.',
  'busybox-foreign': 'A BusyBox is made for another processor than the new system.',
  'busybox-applets-unknown': 'The list of commands in a BusyBox could not be read.',
  'busybox-read-failed': 'A BusyBox could not be read.',
  'minios-directory-used': 'The directory for a new build context holds something else.',
  'minios-write-failed': 'A file of a new build context could not be written.',
} as const;
export type RecipesErrorCode = keyof typeof recipesErrors;

/** An error of this room. */
export function recipesError(
  code: RecipesErrorCode,
  message: string,
  fields: { hint?: string; cause?: unknown; details?: Record<string, unknown> } = {},
): PlinthError<RecipesErrorCode> {
  return new PlinthError(message, { code, ...fields });
}

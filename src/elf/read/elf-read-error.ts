import { PlinthError } from '../../errors/index.ts';

/** The errors of reading ELF files: code → what it means. */
export const elfReadErrors = {
  'elf-invalid': 'A file is no ELF file, is cut off, or has offsets, sizes or counts that cannot be.',
} as const;
export type ElfReadErrorCode = keyof typeof elfReadErrors;

/** The error for what cannot be at `place`, a part of the file: `header`, `dynamic section`. */
export function elfInvalid(place: string, fact: string): PlinthError<ElfReadErrorCode> {
  return new PlinthError<ElfReadErrorCode>(`read ELF ${place}: ${fact}`, {
    code: 'elf-invalid',
    hint: 'The file is damaged or was made to mislead: copy it again from where it came.',
    details: { place },
  });
}

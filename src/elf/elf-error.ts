/** The errors thrown by `elf/`: code → what it means. */
export const elfErrors = {
  'syscall-unknown': 'A program calls a system call that its machine does not have.',
  'program-label-missing': 'A program jumps to a label that it does not define.',
} as const;
export type ElfErrorCode = keyof typeof elfErrors;

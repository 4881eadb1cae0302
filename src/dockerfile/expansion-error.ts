import { PlinthError } from '../errors/index.ts';
import type { DockerfileErrorCode } from './dockerfile-error.ts';

/** What went wrong inside a word, before it is known which word. */
export class ExpansionFault extends Error {
  readonly code: DockerfileErrorCode;

  constructor(message: string, code: DockerfileErrorCode = 'dockerfile-expansion-invalid') {
    super(message);
    this.code = code;
  }
}

/** The error of a word that cannot be expanded. */
export function expansionError(word: string, fault: ExpansionFault): PlinthError<DockerfileErrorCode> {
  const shown = word.length > 200 ? `${word.slice(0, 200)}…` : word;
  return new PlinthError(`failed to process ${JSON.stringify(shown)}: ${fault.message}`, {
    code: fault.code,
    hint: HINTS[fault.code],
  });
}

const HINTS: Partial<Record<DockerfileErrorCode, string>> = {
  'dockerfile-expansion-invalid': 'Close the quote or brace, or escape it to use the character itself.',
  'dockerfile-variable-missing': 'Give the variable a value with ENV, ARG or --build-arg.',
};

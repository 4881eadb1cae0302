import { ExpansionFault } from './expansion-error.ts';

/** How deep `${a:-${b:-…}}` may nest. */
export const NESTING_LIMIT = 500;
/** How much longer than its word an expansion may grow, in UTF-16 code units: each ENV may double the one before. */
export const EXPANSION_LIMIT: number = 1 << 20;
/** How long the pattern of a substitution may be, so that matching stays quick. */
export const PATTERN_LIMIT = 4096;

/** Refuses a result that has grown by `length` code units if that is too much to be meant. */
export function checkLength(length: number): void {
  if (length > EXPANSION_LIMIT) {
    throw new ExpansionFault(`the result grows by more than ${EXPANSION_LIMIT} characters`, 'dockerfile-too-complex');
  }
}

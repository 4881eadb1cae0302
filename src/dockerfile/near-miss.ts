import { nearMiss } from '../errors/index.ts';

/** `Did you mean X?`, if something near is known. */
export function nearMissHint(word: string, known: Iterable<string>): string | undefined {
  const near = nearMiss(word, known);
  return near === undefined ? undefined : `Did you mean ${near}?`;
}

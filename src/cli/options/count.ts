/**
 * A whole number, not negative.
 *
 * @throws Error with the fact only; the flag parser adds the flag
 */
export function parseCount(given: string): number {
  if (/^\d{1,9}$/.test(given)) return Number(given);
  throw new Error(`${JSON.stringify(given)} is not a whole number`);
}

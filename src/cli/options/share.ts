import { parseSize } from './size.ts';

/**
 * A part of a whole as a number from 0 to 1: `0.95`, `95%`, or a bare number over 1, which can only be percent.
 *
 * @throws Error with the fact only; the flag parser adds the flag
 */
export function parseShare(given: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(given.trim());
  const number = Number(match?.[1] ?? Number.NaN);
  const share = match?.[2] === '%' || number > 1 ? number / 100 : number;
  if (share >= 0 && share <= 1) return share;
  throw new Error(`${JSON.stringify(given)} is not a part of a whole such as 0.95 or 95%`);
}

/** A limit that is either bytes or a part of the whole. */
export type SizeOrShare = { readonly bytes: number } | { readonly share: number };

/** A size such as `20MB`, or a part of the whole such as `5%`. @throws Error with the fact only */
export function parseSizeOrShare(given: string): SizeOrShare {
  return given.trim().endsWith('%') ? { share: parseShare(given) } : { bytes: parseSize(given) };
}

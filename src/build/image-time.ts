import type { ImageConfig } from '../oci/index.ts';

const SECOND_NS = 1_000_000_000n;

/** When an image says it was made, in ns; 0 if it does not. */
export function createdNs({ created }: ImageConfig): bigint {
  const match = /^(.*:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(created ?? '');
  const wholeMs = match === null ? Number.NaN : Date.parse(`${match[1]}${match[3]}`);
  if (Number.isNaN(wholeMs)) return 0n;
  return BigInt(wholeMs) * 1_000_000n + BigInt((match?.[2] ?? '').padEnd(9, '0'));
}

/** A time in ns as RFC 3339 in UTC, with as many decimals as it needs. */
export function formatTimeNs(timeNs: bigint): string {
  const fractionNs = ((timeNs % SECOND_NS) + SECOND_NS) % SECOND_NS;
  const seconds = new Date(Number((timeNs - fractionNs) / 1_000_000n)).toISOString().slice(0, -5);
  const fraction = String(fractionNs).padStart(9, '0').replace(/0+$/, '');
  return `${seconds}${fraction === '' ? '' : `.${fraction}`}Z`;
}

/** The later of two times. */
export function laterNs(one: bigint, other: bigint): bigint {
  if (one < other) return other;
  return one;
}

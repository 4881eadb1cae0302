const NS = 1_000_000_000n;
/** The most that a time may be away from 1970. */
export const NS_MAX: bigint = 2n ** 63n - 1n;
/** Whole seconds whose ns fit 64 bits: the years 1678 to 2262. */
const SECONDS_MAX = 9_223_372_036;
const TIME = /^(-?)(\d+)(?:\.(\d*))?$/;

/** The seconds `seconds` in ns; undefined when they do not fit 64 bits. */
export function secondsToNs(seconds: number): bigint | undefined {
  return Math.abs(seconds) < SECONDS_MAX ? BigInt(seconds) * NS : undefined;
}

/** A PAX time, decimal seconds with a fraction: `1700000000.123456789`, `-1.5`. NaN when it is none, undefined too far. */
export function parsePaxTime(text: string): bigint | 'invalid' | 'out of range' {
  const match = TIME.exec(text);
  if (match === null) return 'invalid';
  const [, sign, seconds = '', fraction = ''] = match;
  if (seconds.length > 20) return 'out of range';
  const ns = BigInt(seconds) * NS + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
  if (ns > NS_MAX) return 'out of range';
  return sign === '-' ? -ns : ns;
}

/** `mtimeNs` as a PAX time, without needless zeros. */
export function formatPaxTime(mtimeNs: bigint): string {
  const ns = mtimeNs < 0n ? -mtimeNs : mtimeNs;
  const seconds = ns / NS;
  const fraction = Number(ns - seconds * NS);
  const text =
    fraction === 0 ? `${seconds}` : `${seconds}.${`${1_000_000_000 + fraction}`.slice(1).replace(/0+$/, '')}`;
  return mtimeNs < 0n ? `-${text}` : text;
}

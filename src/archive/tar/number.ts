const ZERO = 0x30;
const SPACE = 0x20;

/**
 * The number in a header field: octal digits with blanks around them, or base-256.
 * An empty field is 0; what is no number is NaN; what a double cannot hold exactly is infinite.
 */
export function decodeTarNumber(bytes: Uint8Array, at: number, length: number): number {
  return ((bytes[at] ?? 0) & 0x80) === 0 ? decodeOctal(bytes, at, length) : decodeBase256(bytes, at, length);
}

function decodeOctal(bytes: Uint8Array, at: number, length: number): number {
  const end = at + length;
  let i = at;
  while (i < end && (bytes[i] === SPACE || bytes[i] === 0)) i++;
  let value = 0;
  for (; i < end; i++) {
    const digit = (bytes[i] as number) - ZERO;
    if (digit < 0 || digit > 7) return bytes[i] === SPACE || bytes[i] === 0 ? value : Number.NaN;
    value = value * 8 + digit;
  }
  return value;
}

/** Big-endian two's complement; the top bit of the first byte is the mark of base-256, the next one the sign. */
function decodeBase256(bytes: Uint8Array, at: number, length: number): number {
  const first = bytes[at] as number;
  const negative = (first & 0x40) !== 0;
  const invert = negative ? 0xff : 0;
  let value = (first ^ invert) & 0x3f;
  for (let i = at + 1; i < at + length; i++) value = value * 256 + ((bytes[i] as number) ^ invert);
  if (value > Number.MAX_SAFE_INTEGER) return negative ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return negative ? -value - 1 : value;
}

/** Writes `value` as `digits` octal digits; the NUL after them is already there. */
export function encodeOctal(into: Uint8Array, at: number, digits: number, value: number): void {
  let rest = value;
  let i = at + digits;
  // Bit operations are several times as fast as division, and hold for all but sizes and times over 30 bits.
  for (; rest > 0x3fffffff; rest = Math.floor(rest / 8)) into[--i] = ZERO + (rest % 8);
  for (; i > at; rest >>>= 3) into[--i] = ZERO + (rest & 7);
}

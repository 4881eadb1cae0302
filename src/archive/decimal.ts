const ZERO = 0x30;
const DIGITS_MAX = 20;

/**
 * The whole number in `text`, decimal digits only. NaN when it is none; infinite when a double cannot hold it exactly.
 */
export function parseDecimal(text: string): number {
  if (text.length === 0 || text.length > DIGITS_MAX) return text.length === 0 ? Number.NaN : Number.POSITIVE_INFINITY;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : value;
}

/**
 * A string of bytes: each UTF-16 code unit is one byte (0 to 255), so `latin1` takes it to and from a buffer.
 *
 * File names and link targets are bytes on Linux, not text. Kept this way a name that is not UTF-8 survives,
 * comparison is byte order, and V8 stores one byte a character.
 */
export type ByteString = string & { readonly __brand: 'ByteString' };

/** The bytes of `text` in UTF-8. */
export function encodeText(text: string): ByteString {
  return (isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1')) as ByteString;
}

/** `bytes` read as UTF-8, for display; what is not UTF-8 becomes U+FFFD. */
export function decodeText(bytes: ByteString): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');
}

/** The bytes of a buffer, or of its part from `start` to `end`, as a byte string. */
export function byteString(bytes: Uint8Array, start = 0, end: number = bytes.length): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', start, end) as ByteString;
}

/** The bytes of a byte string as a new buffer. */
export function toBytes(bytes: ByteString): Buffer {
  return Buffer.from(bytes, 'latin1');
}

/** Byte order, the order of the kernel's and every archive's sorted names. */
export function compareBytes(left: ByteString, right: ByteString): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Whether every code unit is below 128, so that bytes, UTF-8 and text are the same. */
export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 127) return false;
  }
  return true;
}

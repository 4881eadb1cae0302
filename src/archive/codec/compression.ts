/** How a stream of bytes is compressed. */
export type Compression = 'none' | 'gzip' | 'zstd' | 'xz' | 'bzip2';

/** As many first bytes as {@link detectCompression} looks at. */
export const DETECT_BYTES = 10;

/** Reads the compression from the first bytes of a stream; `none` for whatever is not known. */
export function detectCompression(prefix: Uint8Array): Compression {
  const starts = (...bytes: number[]): boolean => bytes.every((byte, i) => prefix[i] === byte);
  if (starts(0x1f, 0x8b)) return 'gzip';
  if (starts(0x28, 0xb5, 0x2f, 0xfd)) return 'zstd';
  // A skippable frame may come first (RFC 8878, 3.1.2).
  if (((prefix[0] ?? 0) & 0xf0) === 0x50 && prefix[1] === 0x2a && prefix[2] === 0x4d && prefix[3] === 0x18)
    return 'zstd';
  if (starts(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)) return 'xz';
  return isBzip2(prefix) ? 'bzip2' : 'none';
}

/** "BZh", the block size 1 to 9, then the mark of a block or of the end: π or its root in decimal digits. */
function isBzip2(prefix: Uint8Array): boolean {
  const [b, z, h, level = 0, ...mark] = prefix.subarray(0, DETECT_BYTES);
  if (b !== 0x42 || z !== 0x5a || h !== 0x68 || level < 0x31 || level > 0x39) return false;
  const hex = Buffer.from(mark).toString('hex');
  return hex === '314159265359' || hex === '177245385090';
}

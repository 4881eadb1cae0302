import type { Content } from '../tree/index.ts';

/** How many bytes of `content` are data: its size without its holes. */
export function dataBytes(content: Content): number {
  if (content.extents === undefined) return content.sizeBytes;
  return content.extents.reduce((sum, extent) => sum + extent.lengthBytes, 0);
}

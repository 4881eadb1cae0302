/** Bytes at offsets: an archive that is read at random. Any content or byte source of the tree is one. */
export interface ArchiveSource {
  readonly sizeBytes: number;
  /** Reads from `positionBytes` into `into`, as many bytes as fit; returns how many: fewer only at the end. */
  read(into: Uint8Array, positionBytes: number): number;
}

/** A buffer that shares the memory of `bytes`. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

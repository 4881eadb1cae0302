export { type ArchiveErrorCode, archiveErrors } from './archive-error.ts';
export type { ArchiveSource } from './source.ts';
export type { SkippedTarEntry, TarDecodeOptions } from './tar/decoder.ts';
export { encodeTarHeader, encodeTarHeaderInto } from './tar/encode.ts';
export { NO_TAR_XATTRS, type TarEntry, type TarExtent, type TarHeader, type TarKind } from './tar/entry.ts';
export { TAR_END, TAR_LIMITS, tarPaddingBytes } from './tar/layout.ts';
export { scanTar } from './tar/scan.ts';
export { TarScanner } from './tar/scanner.ts';
export { tarExtents } from './tar/sparse-map.ts';

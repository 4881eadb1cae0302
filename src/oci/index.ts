export { ANNOTATIONS, type Annotations } from './annotation.ts';
export { definedMembers, encodeCanonicalJson } from './canonical-json.ts';
export type { Descriptor } from './descriptor.ts';
export {
  type DockerArchiveImage,
  encodeDockerArchiveManifest,
  parseDockerArchiveManifest,
} from './docker-archive.ts';
export { type OciErrorCode, ociErrors } from './error.ts';
export type { JsonObject } from './fields.ts';
export { DOCUMENT_LIMIT_BYTES } from './fields.ts';
export {
  encodeImageConfig,
  type HistoryEntry,
  type ImageConfig,
  parseImageConfig,
  platformOf,
} from './image-config.ts';
export { checkLayoutFile, LAYOUT_FILE } from './layout.ts';
export { encodeIndex, encodeManifest, type Index, type Manifest, parseIndex, parseManifest } from './manifest.ts';
export { isConfigType, isIndexType, isManifestType, layerCompression, MEDIA_TYPES } from './media-type.ts';
export {
  formatPlatform,
  hostPlatform,
  matchesPlatform,
  normalizePlatform,
  type Platform,
  parsePlatform,
  platformDistance,
} from './platform.ts';
export type { Healthcheck, NameSet, ProcessConfig } from './process-config.ts';
export {
  DEFAULT_REGISTRY,
  DEFAULT_TAG,
  familiarRepository,
  formatFamiliarReference,
  formatReference,
  parseReference,
  type Reference,
  withDefaultTag,
} from './reference.ts';

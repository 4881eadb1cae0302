/** The media types of OCI images and of Docker's schema 2 (OCI image specification, media-types.md). */
export const MEDIA_TYPES = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  layerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  layerZstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar',
  dockerLayerGzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
} as const;

/** Whether a descriptor of this type names a list of manifests. */
export function isIndexType(mediaType: string): boolean {
  return mediaType === MEDIA_TYPES.index || mediaType === MEDIA_TYPES.dockerIndex;
}

/** Whether a descriptor of this type names one image. */
export function isManifestType(mediaType: string): boolean {
  return mediaType === MEDIA_TYPES.manifest || mediaType === MEDIA_TYPES.dockerManifest;
}

/** Whether a descriptor of this type names an image's configuration, not that of another artifact. */
export function isConfigType(mediaType: string): boolean {
  return mediaType === MEDIA_TYPES.config || mediaType === MEDIA_TYPES.dockerConfig;
}

const LAYER_COMPRESSIONS: ReadonlyMap<string, 'none' | 'gzip' | 'zstd'> = new Map([
  [MEDIA_TYPES.layer, 'none'],
  [MEDIA_TYPES.layerGzip, 'gzip'],
  [MEDIA_TYPES.layerZstd, 'zstd'],
  [MEDIA_TYPES.dockerLayer, 'none'],
  [MEDIA_TYPES.dockerLayerGzip, 'gzip'],
  ['application/vnd.docker.image.rootfs.diff.tar.zstd', 'zstd'],
  ['application/vnd.oci.image.layer.nondistributable.v1.tar', 'none'],
  ['application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', 'gzip'],
  ['application/vnd.oci.image.layer.nondistributable.v1.tar+zstd', 'zstd'],
]);

/** How a layer of this type is compressed; undefined if the type is none of a layer. */
export function layerCompression(mediaType: string): 'none' | 'gzip' | 'zstd' | undefined {
  return LAYER_COMPRESSIONS.get(mediaType);
}

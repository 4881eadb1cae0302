import type { Digest } from '../bytes/index.ts';
import type { Annotations } from './annotation.ts';
import { definedMembers, sortedMembers } from './canonical-json.ts';
import type { Fields } from './fields.ts';
import { type Platform, readPlatform } from './platform.ts';

/** What names a blob: type, digest and size (OCI image specification, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  readonly urls?: readonly string[];
  readonly annotations?: Annotations;
  /** The blob itself in base64, for small ones. */
  readonly data?: string;
  readonly platform?: Platform;
  readonly artifactType?: string;
}

/** A descriptor as it stands in a document. */
export function readDescriptor(fields: Fields): Descriptor {
  const platform = fields.fields('platform');
  return definedMembers<Descriptor>({
    mediaType: fields.requiredString('mediaType'),
    digest: fields.digest('digest'),
    size: fields.size('size'),
    urls: fields.strings('urls'),
    annotations: fields.stringMap('annotations'),
    data: fields.string('data'),
    platform: platform && readPlatform(platform),
    artifactType: fields.string('artifactType'),
  });
}

/** The members of a descriptor in the order in which Go programs write them. */
export function orderedDescriptor(descriptor: Descriptor): Descriptor {
  const { mediaType, digest, size, urls, annotations, data, platform, artifactType } = descriptor;
  return definedMembers<Descriptor>({
    mediaType,
    digest,
    size,
    urls,
    annotations: annotations && sortedMembers(annotations),
    data,
    platform,
    artifactType,
  });
}

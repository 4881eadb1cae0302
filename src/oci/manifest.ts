import type { Annotations } from './annotation.ts';
import { definedMembers, sortedMembers } from './canonical-json.ts';
import { type Descriptor, orderedDescriptor, readDescriptor } from './descriptor.ts';
import { Fields, parseJson } from './fields.ts';
import { isIndexType, isManifestType, MEDIA_TYPES } from './media-type.ts';

/** One image: its configuration and its layers, lowest first (OCI image specification, manifest.md). */
export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Annotations;
}

/** A list of images or of further lists (OCI image specification, image-index.md). */
export interface Index {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Annotations;
}

/** The most layers of one image that we read; Docker itself makes at most 127. */
const LAYERS_LIMIT = 1000;
/** index.json of a store holds a descriptor for every name, so it may outgrow the limit of a document from outside. */
const INDEX_LIMIT_BYTES = 64 << 20;

/**
 * A manifest, of OCI or of Docker's schema 2.
 *
 * @throws PlinthError `document-invalid`, `document-too-large`, `digest-invalid`, `digest-unsupported`
 */
export function parseManifest(bytes: Uint8Array): Manifest {
  const fields = new Fields(parseJson(bytes, 'manifest'), 'manifest');
  checkKind(fields, 'manifests', isManifestType);
  const config = fields.fields('config');
  const layers = fields.list('layers');
  if (config === undefined) throw fields.invalid('config', 'a descriptor');
  if (layers === undefined) throw fields.invalid('layers', 'an array of descriptors');
  if (layers.length > LAYERS_LIMIT) throw fields.tooLarge(`has ${layers.length} layers, at most ${LAYERS_LIMIT}`);
  return definedMembers<Manifest>({
    schemaVersion: 2,
    mediaType: fields.string('mediaType') ?? MEDIA_TYPES.manifest,
    artifactType: fields.string('artifactType'),
    config: readDescriptor(config),
    layers: layers.map(readDescriptor),
    ...readSubject(fields),
  });
}

/**
 * An index, of OCI or Docker's manifest list; also the `index.json` of a layout.
 *
 * @throws PlinthError `document-invalid`, `document-too-large`, `digest-invalid`, `digest-unsupported`
 */
export function parseIndex(bytes: Uint8Array, document = 'index'): Index {
  const fields = new Fields(parseJson(bytes, document, INDEX_LIMIT_BYTES), document);
  checkKind(fields, 'layers', isIndexType);
  const manifests = fields.list('manifests');
  if (manifests === undefined) throw fields.invalid('manifests', 'an array of descriptors');
  return definedMembers<Index>({
    schemaVersion: 2,
    mediaType: fields.string('mediaType') ?? MEDIA_TYPES.index,
    artifactType: fields.string('artifactType'),
    manifests: manifests.map(readDescriptor),
    ...readSubject(fields),
  });
}

function readSubject(fields: Fields): { subject: Descriptor | undefined; annotations: Annotations | undefined } {
  const subject = fields.fields('subject');
  return { subject: subject && readDescriptor(subject), annotations: fields.stringMap('annotations') };
}

/** A document that could be read as a manifest and as an index means different things to different readers (CVE-2021-41190). */
function checkKind(fields: Fields, foreign: string, isKind: (mediaType: string) => boolean): void {
  if (fields.integer('schemaVersion') !== 2) throw fields.invalid('schemaVersion', '2');
  const mediaType = fields.string('mediaType');
  if (mediaType !== undefined && !isKind(mediaType)) throw fields.invalid('mediaType', `that of ${fields.document}`);
  if (fields.object[foreign] !== undefined) throw fields.invalid(foreign, 'absent');
}

/** The bytes of a manifest, members in the order in which Go programs write them. */
export function encodeManifest(manifest: Manifest): Buffer {
  const { schemaVersion, mediaType, artifactType, config, layers, subject, annotations } = manifest;
  return Buffer.from(
    JSON.stringify({
      schemaVersion,
      mediaType,
      artifactType,
      config: orderedDescriptor(config),
      layers: layers.map(orderedDescriptor),
      subject: subject && orderedDescriptor(subject),
      annotations: annotations && sortedMembers(annotations),
    }),
  );
}

/** The bytes of an index, members in the order in which Go programs write them. */
export function encodeIndex(index: Index): Buffer {
  const { schemaVersion, mediaType, artifactType, manifests, subject, annotations } = index;
  return Buffer.from(
    JSON.stringify({
      schemaVersion,
      mediaType,
      artifactType,
      manifests: manifests.map(orderedDescriptor),
      subject: subject && orderedDescriptor(subject),
      annotations: annotations && sortedMembers(annotations),
    }),
  );
}

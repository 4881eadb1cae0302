import { definedMembers } from './canonical-json.ts';
import { Fields, parseJson } from './fields.ts';

/** One image in the `manifest.json` of a docker archive (Docker image specification v1.2, combined image format). */
export interface DockerArchiveImage {
  /** The path of the configuration in the archive. */
  readonly Config: string;
  /** `name:tag`, familiar form. */
  readonly RepoTags?: readonly string[];
  /** The paths of the layer tars in the archive, lowest first. */
  readonly Layers: readonly string[];
}

const IMAGES_LIMIT = 1000;
const LAYERS_LIMIT = 1000;

/**
 * The `manifest.json` of a docker archive.
 *
 * @throws PlinthError `document-invalid`, `document-too-large`
 */
export function parseDockerArchiveManifest(bytes: Uint8Array): DockerArchiveImage[] {
  const value = parseJson(bytes, 'manifest.json');
  const images = new Fields({ images: value }, 'manifest.json').list('images') ?? [];
  const root = new Fields({}, 'manifest.json');
  if (images.length > IMAGES_LIMIT) throw root.tooLarge(`has ${images.length} images, at most ${IMAGES_LIMIT}`);
  return images.map((fields) => {
    const layers = fields.strings('Layers') ?? [];
    if (layers.length > LAYERS_LIMIT) throw fields.tooLarge(`has ${layers.length} layers, at most ${LAYERS_LIMIT}`);
    return definedMembers<DockerArchiveImage>({
      Config: fields.requiredString('Config'),
      RepoTags: fields.strings('RepoTags'),
      Layers: layers,
    });
  });
}

/** The bytes of a `manifest.json`. */
export function encodeDockerArchiveManifest(images: readonly DockerArchiveImage[]): Buffer {
  return Buffer.from(
    JSON.stringify(images.map(({ Config, RepoTags, Layers }) => ({ Config, RepoTags: RepoTags ?? null, Layers }))),
  );
}

import { basename } from 'node:path';
import { digestHex } from '../bytes/index.ts';
import {
  type DockerArchiveImage,
  type ImageConfig,
  parseDockerArchiveManifest,
  parseImageConfig,
} from '../oci/index.ts';
import type { StoredImage } from './image.ts';
import { parseImageName } from './image-store.ts';
import type { LoadContext } from './load.ts';
import { invalidArchive, StagedLayers } from './load-layer.ts';
import type { ImageFiles, StagedFile } from './staging.ts';
import type { Store } from './store.ts';

/** Loads the images of a docker archive by its `manifest.json`. See `loadImages`. */
export async function loadDockerFiles(store: Store, files: ImageFiles, context: LoadContext): Promise<StoredImage[]> {
  const manifest = parseDockerArchiveManifest((await needFile(files, 'manifest.json')).readAll());
  if (manifest.length === 0) throw invalidArchive('manifest.json names no image');
  using layers = new StagedLayers(store, context);
  const drafts: { readonly configBytes: Buffer; readonly names: readonly string[] }[] = [];
  for (const entry of manifest) {
    const configBytes = await readConfig(files, entry);
    await addLayers(files, layers, { entry, config: parseImageConfig(configBytes) });
    const names = entry.RepoTags ?? [];
    names.forEach(parseImageName);
    drafts.push({ configBytes, names });
  }
  layers.commit();
  return drafts.map(({ configBytes, names }) => store.images.writeConfigBytes(configBytes, { names }));
}

async function readConfig(files: ImageFiles, entry: DockerArchiveImage): Promise<Buffer> {
  const file = await needFile(files, entry.Config);
  const named = /^([0-9a-f]{64})(?:\.json)?$/.exec(basename(entry.Config))?.[1];
  const actual = digestHex(file.summary.digest);
  if (named !== undefined && named !== actual) throw invalidArchive(`${entry.Config} has the digest ${actual}`);
  return file.readAll();
}

async function addLayers(
  files: ImageFiles,
  layers: StagedLayers,
  { entry, config }: { readonly entry: DockerArchiveImage; readonly config: ImageConfig },
): Promise<void> {
  const diffIds = config.rootfs.diff_ids;
  if (entry.Layers.length !== diffIds.length) {
    throw invalidArchive(`${entry.Config} has ${diffIds.length} layers, manifest.json names ${entry.Layers.length}`);
  }
  for (const [index, diffId] of diffIds.entries()) {
    await layers.add(await needFile(files, entry.Layers[index] ?? ''), diffId);
  }
}

async function needFile(files: ImageFiles, path: string): Promise<StagedFile> {
  const file = await files.find(path);
  if (file === undefined) throw invalidArchive(`${path} is missing`);
  return file;
}

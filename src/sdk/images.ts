import { listContainers } from '../container/index.ts';
import { isPlinthError } from '../errors/index.ts';
import {
  inspectImage as describeImage,
  imageHistory as historyOf,
  type InspectedImage,
  removeImage as removeStored,
  type StoredImage,
} from '../store/index.ts';
import { inspectContainer } from './containers.ts';
import { type Common, withStore } from './session.ts';

/** One name of an image, or an image without name, as a list shows it. */
export interface ImageSummary {
  /** Undefined, both, for an image without a name. */
  readonly repository: string | undefined;
  readonly tag: string | undefined;
  /** The config's digest, Docker's image id. */
  readonly id: string;
  readonly manifestDigest: string;
  readonly createdMs: number | undefined;
  /** Of all layers, uncompressed. */
  readonly sizeBytes: number;
}

/** The images of the store, newest first, a row for each name; with `filter` only those of this repository or name. */
export function listImages(
  options: Common & { readonly filter?: string | undefined } = {},
): Promise<readonly ImageSummary[]> {
  return withStore(options, (store) => {
    const rows = store.images.list().flatMap(rowsOf);
    const { filter } = options;
    return filter === undefined
      ? rows
      : rows.filter((row) => row.repository === filter || `${row.repository}:${row.tag}` === filter);
  });
}

function rowsOf(image: StoredImage): ImageSummary[] {
  const facts = {
    id: image.configDigest,
    manifestDigest: image.manifestDigest,
    createdMs: timeMs(image.config.created),
    sizeBytes: image.sizeBytes,
  };
  if (image.names.length === 0) return [{ repository: undefined, tag: undefined, ...facts }];
  return image.names.map((name) => {
    const colon = name.lastIndexOf(':');
    return { repository: name.slice(0, colon), tag: name.slice(colon + 1), ...facts };
  });
}

/** Gives the image that `source` means (a name, an id or its beginning) one more name. */
export async function tagImage(options: Common & { readonly source: string; readonly name: string }): Promise<void> {
  await withStore(options, (store) => store.images.tag(options.source, options.name));
}

/** What one removal did: names that are gone, and ids of images that are gone with them. */
export interface RemovedImage {
  readonly untagged: readonly string[];
  readonly deleted: readonly string[];
}

/** Takes a name away, and removes the image with its last one; by id with `force` also one with several names. */
export function removeImage(
  options: Common & { readonly image: string; readonly force?: boolean },
): Promise<RemovedImage> {
  return withStore(options, (store) => {
    const { untagged, deleted } = removeStored(store, options.image, { force: options.force ?? false });
    return { untagged, deleted: deleted === undefined ? [] : [deleted] };
  });
}

/** Docker's description of an image. */
export function inspectImage(options: Common & { readonly image: string }): Promise<InspectedImage> {
  return withStore(options, (store) => describeImage(store, store.images.find(options.image)));
}

/** Docker's description of an image, or what is kept of the container of this name. */
export async function inspectObject(options: Common & { readonly name: string }): Promise<unknown> {
  const { name } = options;
  try {
    return await inspectImage({ ...options, image: name });
  } catch (error) {
    if (!isPlinthError(error) || error.code !== 'image-not-found') throw error;
    const known = await withStore(options, (store) =>
      listContainers(store).some((one) => one.name === name || one.id.startsWith(name)),
    );
    if (!known) throw error;
    return inspectContainer({ ...options, container: name });
  }
}

/** One step of an image's making. */
export interface HistoryStep {
  /** The image's id on its newest step; the steps below have none. */
  readonly imageId: string | undefined;
  readonly createdMs: number | undefined;
  readonly createdBy: string;
  /** Of the layer that the step made, uncompressed. */
  readonly sizeBytes: number;
  readonly comment: string;
}

/** The steps that made an image, newest first. */
export function imageHistory(options: Common & { readonly image: string }): Promise<readonly HistoryStep[]> {
  return withStore(options, (store) => {
    const image = store.images.find(options.image);
    return historyOf(store, image).map((row, index) => ({
      imageId: index === 0 ? image.configDigest : undefined,
      createdMs: timeMs(row.created),
      createdBy: row.created_by ?? '',
      sizeBytes: row.sizeBytes,
      comment: row.comment ?? '',
    }));
  });
}

function timeMs(text: string | undefined): number | undefined {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}

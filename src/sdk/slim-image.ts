import { writeEntries } from '../build/index.ts';
import { isPlinthError } from '../errors/index.ts';
import { definedMembers, type HistoryEntry, type ImageConfig } from '../oci/index.ts';
import type { SlimClassName, SlimProposal } from '../size/index.ts';
import { imageHistory, type LayerSummary, type Store, type StoredImage } from '../store/index.ts';
import { applyLayer, diffTrees, equalTrees, type LayerEntry, Tree } from '../tree/index.ts';

/** One layer before and after; 0 bytes after: nothing of it is left, and it is none any more. */
export interface SlimmedLayer {
  readonly createdBy: string;
  /** Of the layer's tar. */
  readonly beforeBytes: number;
  readonly afterBytes: number;
}

/** The image that was made. */
export interface SlimmedImage {
  readonly imageId: string;
  readonly name: string;
  readonly afterBytes: number;
  readonly layers: readonly SlimmedLayer[];
}

/** The image to slim, and what it is to be. */
export interface SlimWork {
  readonly store: Store;
  readonly image: StoredImage;
  /** The trees that its layers are to make, lowest first. */
  readonly slim: readonly Tree[];
  readonly signal: AbortSignal | undefined;
}

/** Writes the layers that make the slim trees, and the image of them with its name. */
export async function makeSlimImage(name: string, proposal: SlimProposal, work: SlimWork): Promise<SlimmedImage> {
  const { store, image, slim } = work;
  const { diff_ids: before } = image.config.rootfs;
  const { annotations } = image.manifest;
  const after: (LayerSummary | undefined)[] = [];
  for (const index of slim.keys()) after.push(await makeLayer(index, work));
  const steps = historySteps(store, image);
  const isSame = after.every((layer, index) => layer?.diffId === before[index]);
  const made = isSame
    ? store.images.tag(image.manifestDigest, name)
    : store.images.write(slimConfig(image, proposal, after), {
        names: [name],
        ...(annotations === undefined ? {} : { annotations }),
      });
  return {
    imageId: made.configDigest,
    name,
    afterBytes: made.sizeBytes,
    layers: before.map((diffId, index) => ({
      createdBy: steps[index] ?? '',
      beforeBytes: store.blobs.sizeOf(diffId),
      afterBytes: after[index]?.sizeBytes ?? 0,
    })),
  };
}

function historySteps(store: Store, image: StoredImage): string[] {
  const steps = imageHistory(store, image).filter(({ diffId }) => diffId !== undefined);
  return steps.reverse().map(({ created_by, comment = '' }) => created_by || comment);
}

/** The layer that makes of the slim tree below the slim tree; the old one if it does, undefined if there is nothing to do. */
async function makeLayer(index: number, work: SlimWork): Promise<LayerSummary | undefined> {
  const { store, image, slim } = work;
  const diffId = image.config.rootfs.diff_ids[index];
  const [below, here] = [slim[index - 1] ?? new Tree(), slim[index] ?? new Tree()];
  if (diffId !== undefined && doesMake(store.layers.read(diffId), below, here)) {
    return { diffId, sizeBytes: store.blobs.sizeOf(diffId) };
  }
  const entries = diffTrees(below, here);
  return writeEntries(entries, { store: work.store, signal: work.signal, onProgress: () => {} });
}

function doesMake(entries: readonly LayerEntry[], below: Tree, here: Tree): boolean {
  try {
    return equalTrees(applyLayer(below, entries), here);
  } catch (error) {
    // A hard link to what is no longer there.
    if (isPlinthError(error) && error.code === 'layer-link-missing') return false;
    throw error;
  }
}

function slimConfig(
  { config }: StoredImage,
  { classes }: SlimProposal,
  layers: readonly (LayerSummary | undefined)[],
): ImageConfig {
  const dropped = classes.filter(({ isDropped, files }) => isDropped && files > 0).map(({ name }) => name);
  const line = definedMembers<HistoryEntry>({
    created: config.created,
    created_by: 'plinth slim',
    comment: describeDropped(dropped),
    empty_layer: true,
  });
  const diffIds = layers.flatMap((layer) => layer?.diffId ?? []);
  return {
    ...config,
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: [...slimHistory(config, layers), line],
  };
}

function describeDropped(names: readonly SlimClassName[]): string {
  const list = [...names].sort().join(', ');
  return `left out ${list === '' ? '' : `${list}, and `}what later layers overwrite or remove`;
}

/** The history with the layers of which nothing is left marked as none. */
function slimHistory(
  { history = [], rootfs }: ImageConfig,
  layers: readonly (LayerSummary | undefined)[],
): HistoryEntry[] {
  const isComplete = history.filter(({ empty_layer }) => empty_layer !== true).length === rootfs.diff_ids.length;
  const lines = isComplete ? history : rootfs.diff_ids.map((): HistoryEntry => ({ comment: 'base image' }));
  const left = [...layers];
  return lines.map((line) => {
    if (line.empty_layer === true) return line;
    return left.shift() === undefined ? { ...line, empty_layer: true } : line;
  });
}

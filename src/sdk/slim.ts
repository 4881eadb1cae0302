import { type ByteString, decodeText, encodeText } from '../bytes/index.ts';
import { isPlinthError } from '../errors/index.ts';
import { createPacer } from '../host/index.ts';
import { findClosure } from '../loader/index.ts';
import { definedMembers, type HistoryEntry, type ImageConfig, type ProcessConfig } from '../oci/index.ts';
import {
  measureLayers,
  parseSlimClass,
  proposeSlim,
  type SlimClassName,
  type SlimClassProposal,
  type SlimProposal,
  slimTree,
  survivingTrees,
} from '../size/index.ts';
import { imageHistory, type LayerSummary, parseImageName, type Store, type StoredImage } from '../store/index.ts';
import { applyLayer, diffTrees, encodeLayerTar, equalTrees, type LayerEntry, Tree } from '../tree/index.ts';
import { layerTrees } from './layer-trees.ts';
import { type Common, withStore } from './session.ts';

export interface SlimImageOptions extends Common {
  /** Name or id. */
  readonly image: string;
  /** The name of the image to make; absent: nothing is made, the report only proposes. */
  readonly name?: string | undefined;
  /** Names of classes: leave out these and no others. Absent: every class but the licences. */
  readonly drop?: readonly string[] | undefined;
  /** Names of classes that stay. */
  readonly keep?: readonly string[] | undefined;
  readonly signal?: AbortSignal;
}

/** One layer before and after; 0 bytes after: nothing of it is left, and it is none any more. */
export interface SlimmedLayer {
  readonly createdBy: string;
  /** Of the layer's tar. */
  readonly beforeBytes: number;
  readonly afterBytes: number;
}

/** What an image may do without, and what it became without it. */
export interface SlimImageReport {
  /** Every class that the image has something of, what wins the most first. */
  readonly classes: readonly SlimClassProposal[];
  /** What is left out: absolute paths of files and links. */
  readonly paths: readonly string[];
  /** Of the data of these, and of what layers hold and later layers overwrite or remove, which goes as well. */
  readonly droppedBytes: number;
  readonly wastedBytes: number;
  /** The image's layers as they are stored. */
  readonly beforeBytes: number;
  /** The image that was made; undefined if none was asked for. */
  readonly made: SlimmedImage | undefined;
}

export interface SlimmedImage {
  readonly imageId: string;
  readonly name: string;
  readonly afterBytes: number;
  readonly layers: readonly SlimmedLayer[];
}

/**
 * Proposes what an image may do without, and with `name` makes the image without it.
 *
 * The layers are made anew with only those files that the new image shows, so that the bytes are gone; layers that
 * hold nothing else stay as they are, layers of which nothing is left go. History and configuration stay, with one
 * more line of history that says what was left out. The same image gives the same image.
 *
 * @throws PlinthError `image-not-found`, `slim-class-unknown`, `reference-invalid`, `image-name-digest`, `disk-full`
 */
export function slimImage(options: SlimImageOptions): Promise<SlimImageReport> {
  const { name, signal } = options;
  if (name !== undefined) parseImageName(name);
  const classes = { drop: options.drop?.map(parseSlimClass), keep: options.keep?.map(parseSlimClass) };
  return withStore(options, async (store) => {
    using _held = name === undefined ? undefined : await store.hold(signal === undefined ? {} : { signal });
    const image = store.images.find(options.image);
    const trees = layerTrees(store, image);
    const tree = trees.at(-1) ?? new Tree();
    const needed = startPaths(tree, image.config.config);
    const proposal = proposeSlim(tree, { config: image.config.config, needed, ...classes });
    const { wastedBytes } = measureLayers(trees);
    const target = slimTree(tree, proposal.paths, image.config.config);
    const making = { store, image, trees, slim: survivingTrees(trees, target), signal };
    return {
      classes: proposal.classes,
      paths: proposal.paths.map((path) => `/${decodeText(path)}`),
      droppedBytes: proposal.sizeBytes,
      wastedBytes,
      beforeBytes: image.sizeBytes,
      made: name === undefined ? undefined : await make(name, proposal, making),
    };
  });
}

/** What the image's program needs to start, wherever it lies: scripts, interpreters, libraries and all links to them. */
function startPaths(tree: Tree, { Entrypoint = [], Cmd = [], Env = [], WorkingDir = '/' }: ProcessConfig = {}) {
  const program = [...Entrypoint, ...Cmd][0];
  if (program === undefined) return [];
  const variable = (name: string): ByteString | undefined => {
    const found = Env.find((text) => text.startsWith(`${name}=`))?.slice(name.length + 1);
    return found === undefined ? undefined : encodeText(found);
  };
  return findClosure(tree, [encodeText(program)], {
    path: variable('PATH'),
    libraryPath: variable('LD_LIBRARY_PATH'),
    cwd: encodeText(WorkingDir),
  }).paths;
}

interface Making {
  readonly store: Store;
  readonly image: StoredImage;
  /** Of the layers, before and after. */
  readonly trees: readonly Tree[];
  readonly slim: readonly Tree[];
  readonly signal: AbortSignal | undefined;
}

async function make(name: string, proposal: SlimProposal, making: Making): Promise<SlimmedImage> {
  const { store, image, slim } = making;
  const { diff_ids: before } = image.config.rootfs;
  const { annotations } = image.manifest;
  const after: (LayerSummary | undefined)[] = [];
  for (const index of slim.keys()) after.push(await makeLayer(index, making));
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
async function makeLayer(index: number, making: Making): Promise<LayerSummary | undefined> {
  const { store, image, slim } = making;
  const diffId = image.config.rootfs.diff_ids[index];
  const [below, here] = [slim[index - 1] ?? new Tree(), slim[index] ?? new Tree()];
  if (diffId !== undefined && doesMake(store.layers.read(diffId), below, here)) {
    return { diffId, sizeBytes: store.blobs.sizeOf(diffId) };
  }
  const entries = diffTrees(below, here);
  return entries.length === 0 ? undefined : writeLayer(entries, making);
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

async function writeLayer(entries: readonly LayerEntry[], { store, signal }: Making): Promise<LayerSummary> {
  using writer = store.layers.create();
  const pacer = createPacer();
  const chunks = encodeLayerTar(entries);
  for (let next = chunks.next(); ; next = chunks.next()) {
    if (next.done) return writer.commit(next.value);
    writer.write(next.value);
    if (!pacer.due()) continue;
    await pacer.pause();
    signal?.throwIfAborted();
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

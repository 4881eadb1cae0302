import { type ByteString, decodeText, encodeText } from '../bytes/index.ts';
import { findClosure } from '../loader/index.ts';
import type { ProcessConfig } from '../oci/index.ts';
import {
  measureLayers,
  parseSlimClass,
  proposeSlim,
  type SlimClassProposal,
  slimTree,
  survivingTrees,
} from '../size/index.ts';
import { parseImageName } from '../store/index.ts';
import { Tree, type TreePath } from '../tree/index.ts';
import { layerTrees } from './layer-trees.ts';
import { type Common, withStore } from './session.ts';
import { makeSlimImage, type SlimmedImage } from './slim-image.ts';

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

/**
 * Proposes what an image may do without, and with `name` makes the image without it.
 *
 * The layers are made anew with only those files that the new image shows, so that the bytes are gone; layers that
 * hold nothing else stay as they are, layers of which nothing is left go. History and configuration stay, with one
 * more line of history that says what was left out. The same image gives the same image.
 *
 * @throws PlinthError `image-not-found`, `slim-class-unknown`, `reference-invalid`, `image-name-digest`, `disk-full`
 */
export async function slimImage(options: SlimImageOptions): Promise<SlimImageReport> {
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
    const work = { store, image, slim: survivingTrees(trees, target), signal };
    return {
      classes: proposal.classes,
      paths: proposal.paths.map((path) => `/${decodeText(path)}`),
      droppedBytes: proposal.sizeBytes,
      wastedBytes,
      beforeBytes: image.sizeBytes,
      made: name === undefined ? undefined : await makeSlimImage(name, proposal, work),
    };
  });
}

/** What the image's program needs to start, wherever it lies: scripts, interpreters, libraries and all links to them. */
function startPaths(
  tree: Tree,
  { Entrypoint = [], Cmd = [], Env = [], WorkingDir = '/' }: ProcessConfig = {},
): Iterable<TreePath> {
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

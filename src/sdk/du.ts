import { statSync } from 'node:fs';
import { decodeText } from '../bytes/index.ts';
import {
  checkSizeLimits,
  findDuplicates,
  largestFiles,
  measureDirectories,
  measureLayers,
  measurePackages,
  type PackagesUsage,
  type SizeBreach,
  type SizeLimits,
  type StoredFile,
  storedFiles,
  type WastedFile,
} from '../size/index.ts';
import { imageHistory, type Store, type StoredImage } from '../store/index.ts';
import { Tree, type TreePath } from '../tree/index.ts';
import { isImageArchive, withArchivedImage } from './archived-image.ts';
import { layerTrees } from './layer-trees.ts';
import { type Common, withStore } from './session.ts';
import { openTree, sourceImage } from './tree-source.ts';

export interface MeasureSizeOptions extends Common {
  /** An image of the store, an archive of one, the tar of a root file system in any compression, or a directory. */
  readonly source: string;
  /** How deep below the root directories are listed; absent: 2. */
  readonly depth?: number | undefined;
  /** What the source may at most be; what is over is in {@link SizeReport.breaches}. */
  readonly limits?: SizeLimits | undefined;
  readonly signal?: AbortSignal;
}

/** One layer: what it holds, and what it does to the files below it. */
export interface LayerSize {
  /** Undefined for what is no image. */
  readonly diffId: string | undefined;
  /** The instruction that made it, or a comment, as the image's history has it; empty if it has nothing. */
  readonly createdBy: string;
  /** Of the data of its files, without holes and without what an archive adds. */
  readonly sizeBytes: number;
  /** Of these, what later layers overwrite or remove. */
  readonly wastedBytes: number;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

/** A directory with all below it. */
export interface DirectorySize {
  /** Absolute, as all paths of a report. */
  readonly path: string;
  /** 0 is the root. */
  readonly depth: number;
  readonly sizeBytes: number;
  readonly files: number;
}

/** A file with all its hard links. */
export interface FileSize {
  readonly paths: readonly string[];
  readonly sizeBytes: number;
}

/** Files with the same content: one would do. */
export interface DuplicateSize extends FileSize {
  /** Of all copies but one. */
  readonly extraBytes: number;
}

/** What takes space in an image or a root file system. */
export interface SizeReport {
  /** What the source was found to be; a path that exists comes before an image of that name. */
  readonly kind: 'image' | 'archive' | 'tar' | 'directory';
  /** What all layers hold, and the parts of it that the file system shows and does not show. */
  readonly storedBytes: number;
  readonly shownBytes: number;
  readonly wastedBytes: number;
  /** Shown by stored: 1 if nothing is wasted. */
  readonly efficiency: number;
  /** Names of everything but directories. */
  readonly files: number;
  /** Lowest first; a tar and a directory count as one layer. */
  readonly layers: readonly LayerSize[];
  /** Each before those below it, the largest first; the first is the root. */
  readonly directories: readonly DirectorySize[];
  readonly packages: PackagesUsage;
  /** The 20 largest. */
  readonly largest: readonly FileSize[];
  /** Every path at which layers hold what is not shown, what wastes the most first. */
  readonly wasted: readonly (Omit<WastedFile, 'path'> & { readonly path: string })[];
  /** What takes the most in vain first. */
  readonly duplicates: readonly DuplicateSize[];
  /** The limits that do not hold. */
  readonly breaches: readonly SizeBreach[];
}

const DEFAULT_DEPTH = 2;
const LARGEST_COUNT = 20;

/**
 * Measures what takes space: by layer, directory, package and file, what is there twice, and what layers hold in vain.
 * Sizes are of the data of files: a hard link is counted once, a hole not at all.
 *
 * @throws PlinthError `disk-source-invalid`, `image-not-found`, `archive-several-images`, and those of `archive/`, `tree/` and `host/`
 */
export function measureSize(options: MeasureSizeOptions): Promise<SizeReport> {
  const { source, signal } = options;
  return withStore(options, async (store) => {
    const image = sourceImage(store, source);
    if (image !== undefined) return { kind: 'image', ...measure(imageLayers(store, image), options) };
    const open = await openTree(store, source, signal);
    try {
      if (isImageArchive(open.tree)) {
        const use = (own: Store, archived: StoredImage) => measure(imageLayers(own, archived), options);
        return { kind: 'archive', ...(await withArchivedImage(source, use, signal)) };
      }
      const kind = statSync(source).isDirectory() ? 'directory' : 'tar';
      return { kind, ...measure([{ diffId: undefined, createdBy: '', tree: open.tree }], options) };
    } finally {
      open.close();
    }
  });
}

interface SourceLayer extends Pick<LayerSize, 'diffId' | 'createdBy'> {
  /** With all layers below it. */
  readonly tree: Tree;
}

function imageLayers(store: Store, image: StoredImage): SourceLayer[] {
  const trees = layerTrees(store, image);
  const steps = imageHistory(store, image).filter(({ diffId }) => diffId !== undefined);
  const makers = steps.reverse().map(({ created_by, comment = '' }) => created_by || comment);
  return trees.map((tree, index) => ({
    diffId: image.config.rootfs.diff_ids[index],
    createdBy: makers[index] ?? '',
    tree,
  }));
}

function measure(layers: readonly SourceLayer[], options: MeasureSizeOptions): Omit<SizeReport, 'kind'> {
  const { depth = DEFAULT_DEPTH, limits = {} } = options;
  const usage = measureLayers(layers.map((layer) => layer.tree));
  const { storedBytes, wastedBytes, efficiency } = usage;
  const tree = layers.at(-1)?.tree ?? new Tree();
  const files = storedFiles(tree);
  const directories = measureDirectories(tree, depth);
  return {
    storedBytes,
    shownBytes: storedBytes - wastedBytes,
    wastedBytes,
    efficiency,
    files: directories[0]?.files ?? 0,
    layers: usage.layers.map((layer, index) => ({
      diffId: layers[index]?.diffId,
      createdBy: layers[index]?.createdBy ?? '',
      ...layer,
    })),
    directories: directories.map((row) => ({ ...row, path: textOf(row.path) })),
    packages: measurePackages(tree),
    largest: largestFiles(files, LARGEST_COUNT).map(fileSize),
    wasted: usage.wasted.map((row) => ({ ...row, path: textOf(row.path) })),
    duplicates: findDuplicates(files).map((row) => ({ ...row, paths: row.paths.map(textOf) })),
    breaches: checkSizeLimits(usage, limits),
  };
}

function fileSize({ paths, sizeBytes }: StoredFile): FileSize {
  return { paths: paths.map(textOf), sizeBytes };
}

function textOf(path: TreePath): string {
  return `/${decodeText(path)}`;
}

import { compareBytes } from '../bytes/index.ts';
import { equalContents, type FileNode, Tree, type TreePath } from '../tree/index.ts';
import { type Change, forEachChange } from './changes.ts';
import { dataBytes } from './data-bytes.ts';

/** What one layer does to what is below it. */
export interface LayerUsage {
  /** Of the data of the files it holds; a hard link to a file of a lower layer adds nothing. */
  readonly sizeBytes: number;
  /** Of these, what later layers overwrite or remove. */
  readonly wastedBytes: number;
  /** Names of everything but directories that appear, are written again, and go. */
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

/** A path at which layers hold bytes that the image does not show. */
export interface WastedFile {
  readonly path: TreePath;
  /** Of all versions that are not shown. */
  readonly wastedBytes: number;
  /** Which layers hold these versions, and which one overwrote or removed the last; 0 is the lowest. */
  readonly layers: readonly number[];
  readonly lostIn: number;
  readonly fate: 'overwritten' | 'removed';
  /** Whether it was overwritten by the very same bytes, as `RUN chmod` and `RUN chown` do. */
  readonly isSameContent: boolean;
}

/** What the layers of an image hold, and how much of it can be seen. */
export interface LayersUsage {
  /** Lowest first. */
  readonly layers: readonly LayerUsage[];
  /** The sum of all layers. */
  readonly storedBytes: number;
  /** What later layers overwrite or remove: the bytes that one layer of the same files would not hold. */
  readonly wastedBytes: number;
  /** The part of the stored bytes that the image shows: 1 when nothing is wasted, also for an image of nothing. */
  readonly efficiency: number;
  /** What wastes the most first. */
  readonly wasted: readonly WastedFile[];
}

/** One version of a file, as a layer holds it. */
interface Version {
  readonly node: FileNode;
  readonly path: TreePath;
  readonly layer: number;
  readonly sizeBytes: number;
  /** How many names it has now. */
  names: number;
  lostIn: number | undefined;
  replacement: FileNode | undefined;
}

/**
 * Measures the layers whose trees, each with all layers below it applied, are `trees`, lowest first.
 *
 * Wasted are the versions of files that a later layer overwrote, also with the same bytes, or removed. dive counts
 * every version of such a path, the shown one too; here it is what can be won, so that stored - wasted = shown.
 *
 * @throws PlinthError `content-short`, and what reading a content throws
 */
export function measureLayers(trees: readonly Tree[]): LayersUsage {
  const ledger = new LayerLedger();
  const counts = trees.map((tree, layer) => ledger.add(trees[layer - 1] ?? new Tree(), tree));
  const { versions } = ledger;
  const byLayer = Map.groupBy(versions, ({ layer }) => layer);
  const layers = counts.map((count, layer) => {
    const own = byLayer.get(layer) ?? [];
    return { sizeBytes: sum(own), wastedBytes: sum(own.filter(isLost)), ...count };
  });
  const storedBytes = sum(versions);
  const lost = versions.filter(isLost);
  const wastedBytes = sum(lost);
  const efficiency = storedBytes === 0 ? 1 : (storedBytes - wastedBytes) / storedBytes;
  return { layers, storedBytes, wastedBytes, efficiency, wasted: wastedFiles(lost) };
}

type Counts = Pick<LayerUsage, 'added' | 'changed' | 'removed'>;
type LostVersion = Version & { lostIn: number };

class LayerLedger {
  readonly #versions = new Map<FileNode, Version>();
  #layer = 0;

  get versions(): readonly Version[] {
    return [...this.#versions.values()];
  }

  add(before: Tree, after: Tree): Counts {
    const counts = { added: 0, changed: 0, removed: 0 };
    const touched = new Set<Version>();
    forEachChange(before, after, (change) => {
      counts[kindOf(change)] += 1;
      if (change.after?.kind === 'file') this.#version(change.after, change.path).names += 1;
      const lower = change.before?.kind === 'file' ? this.#versions.get(change.before) : undefined;
      if (lower === undefined) return;
      lower.names -= 1;
      lower.replacement = change.after?.kind === 'file' ? change.after : undefined;
      touched.add(lower);
    });
    // Only now: a file that lost one name may have got another in the same layer.
    for (const version of touched) if (version.names === 0) version.lostIn = this.#layer;
    this.#layer += 1;
    return counts;
  }

  #version(node: FileNode, path: TreePath): Version {
    const known = this.#versions.get(node);
    if (known !== undefined) return known;
    const sizeBytes = dataBytes(node.content);
    const made = { node, path, layer: this.#layer, sizeBytes, names: 0, lostIn: undefined, replacement: undefined };
    this.#versions.set(node, made);
    return made;
  }
}

function kindOf({ before, after }: Change): keyof Counts {
  if (before === undefined) return 'added';
  return after === undefined ? 'removed' : 'changed';
}

function isLost(version: Version): version is LostVersion {
  return version.lostIn !== undefined;
}

function sum(versions: readonly Version[]): number {
  return versions.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
}

function wastedFiles(lost: readonly LostVersion[]): WastedFile[] {
  const filled = lost.filter(({ sizeBytes }) => sizeBytes > 0);
  const byPath = Map.groupBy(filled, ({ path }) => path);
  const files = [...byPath].map(([path, versions]) => wastedFile(path, versions));
  return files.sort((left, right) => right.wastedBytes - left.wastedBytes || compareBytes(left.path, right.path));
}

function wastedFile(path: TreePath, versions: readonly LostVersion[]): WastedFile {
  const last = versions.at(-1);
  return {
    path,
    wastedBytes: sum(versions),
    layers: versions.map(({ layer }) => layer),
    lostIn: last?.lostIn ?? 0,
    fate: last?.replacement === undefined ? 'removed' : 'overwritten',
    isSameContent: versions.every(
      ({ node, replacement }) => replacement !== undefined && equalContents(node.content, replacement.content),
    ),
  };
}

import { compareBytes } from '../../bytes/index.ts';
import type { ProcessConfig } from '../../oci/index.ts';
import type { FileNode, Tree, TreePath } from '../../tree/index.ts';
import { storedFiles } from '../stored-file.ts';
import { classify, languagesOf } from './classify.ts';
import { findCompiler, isNeeded, neededPlaces } from './needed.ts';
import { SLIM_CLASSES, type SlimClass, type SlimClassName } from './slim-class.ts';

export interface SlimOptions {
  /** What the image starts with: its environment chooses languages, its command says what it needs. */
  readonly config?: ProcessConfig | undefined;
  /** Leave out these classes and no others; absent: all but the licences, and headers where a compiler is there. */
  readonly drop?: readonly SlimClassName[] | undefined;
  readonly keep?: readonly SlimClassName[] | undefined;
  /** Files that the image's program is known to open. */
  readonly needed?: Iterable<TreePath>;
}

/** What a tree has of one class. */
export interface SlimClassProposal {
  readonly name: SlimClassName;
  readonly reason: string;
  /** What is won: of the data of files of which no other name stays. */
  readonly sizeBytes: number;
  /** Names that go. */
  readonly files: number;
  /** Whether these are to go; if not, why. */
  readonly isDropped: boolean;
  readonly keptBecause: string | undefined;
  /** Names of the class that stay in any case, since the image's start or a link that stays leads to them. */
  readonly neededFiles: number;
}

/** What may be left out of a tree. */
export interface SlimProposal {
  /** Every class that the tree has something of, what wins the most first. */
  readonly classes: readonly SlimClassProposal[];
  /** What is to go, in byte order: names of files and links. */
  readonly paths: readonly TreePath[];
  /** Of all classes together. */
  readonly sizeBytes: number;
}

/**
 * Proposes what to leave out of `tree`. Only files of known classes go, and links that lead to them; never what the
 * image's start names, what a link that stays leads to, or a licence that is not asked for.
 */
export function proposeSlim(tree: Tree, options: SlimOptions = {}): SlimProposal {
  const { config = {}, needed = [] } = options;
  const languages = languagesOf(config.Env ?? []);
  const places = new Set([...neededPlaces(tree, config, languages), ...needed]);
  const members = new Members(tree, (path) => classify(path, languages));
  const choices = new Map(
    SLIM_CLASSES.map(({ name, byDefault }) => [name, keepReason({ name, byDefault }, tree, options)]),
  );
  const isDropped = (name: SlimClassName) => choices.get(name) === undefined;
  members.keepNeeded((path) => isNeeded(path, places), isDropped);
  const sizes = members.sizes();
  const classes = SLIM_CLASSES.flatMap(({ name, reason }): SlimClassProposal[] => {
    const [paths, neededFiles] = [members.of(name), members.kept(name)];
    if (paths.length === 0 && neededFiles === 0) return [];
    const keptBecause = choices.get(name);
    const sizeBytes = sizes.of(new Set(paths));
    return [{ name, reason, sizeBytes, files: paths.length, isDropped: isDropped(name), keptBecause, neededFiles }];
  });
  const paths = SLIM_CLASSES.flatMap(({ name }) => (isDropped(name) ? members.of(name) : [])).sort(compareBytes);
  return { classes: classes.sort(bySize), paths, sizeBytes: sizes.of(new Set(paths)) };
}

/** Why the class stays; undefined if it goes. */
function keepReason(
  { name, byDefault }: Pick<SlimClass, 'name' | 'byDefault'>,
  tree: Tree,
  { config = {}, drop, keep = [] }: SlimOptions,
): string | undefined {
  if (keep.includes(name)) return 'kept as asked';
  if (drop !== undefined) return drop.includes(name) ? undefined : 'not asked for';
  if (!byDefault) return 'kept unless asked for';
  const compiler = name === 'development' ? findCompiler(tree, config) : undefined;
  return compiler === undefined ? undefined : `kept for ${compiler}`;
}

/** Whether the file was put there to be written to: an empty one, or a log that the user of a service owns. */
function isPlaceholder(name: SlimClassName, { uid, content }: FileNode): boolean {
  if (name === 'logs') return content.sizeBytes === 0 || uid !== 0;
  return name === 'temporary' && content.sizeBytes === 0;
}

/** Which names are of which class. */
class Members {
  readonly #tree: Tree;
  readonly #classOf: (path: TreePath) => SlimClassName | undefined;
  readonly #files = new Map<TreePath, SlimClassName>();
  readonly #links: TreePath[] = [];
  readonly #kept = new Map<SlimClassName, number>();

  constructor(tree: Tree, classOf: (path: TreePath) => SlimClassName | undefined) {
    this.#tree = tree;
    this.#classOf = classOf;
    for (const { path, node } of tree.walk()) {
      if (node.kind === 'symlink') this.#links.push(path);
      if (node.kind !== 'file') continue;
      const name = classOf(path);
      if (name !== undefined && !isPlaceholder(name, node)) this.#files.set(path, name);
    }
  }

  of(name: SlimClassName): TreePath[] {
    return [...this.#files].flatMap(([path, found]) => (found === name ? [path] : []));
  }

  kept(name: SlimClassName): number {
    return this.#kept.get(name) ?? 0;
  }

  /** Takes out what `isNeeded`, and what links that stay lead to; adds the links to what goes. */
  keepNeeded(isNeeded: (path: TreePath) => boolean, isDropped: (name: SlimClassName) => boolean): void {
    for (const path of [...this.#files.keys()]) if (isNeeded(path)) this.#keep(path);
    const going: { path: TreePath; target: TreePath; name: SlimClassName }[] = [];
    for (const path of this.#links) {
      const target = this.#tree.resolve(path)?.path;
      const targetClass = target === undefined ? undefined : this.#files.get(target);
      if (target === undefined || targetClass === undefined || !isDropped(targetClass)) continue;
      const name = this.#linkClass(path, target);
      if (name !== undefined && isDropped(name) && !isNeeded(path)) going.push({ path, target, name });
      else this.#keep(target);
    }
    for (const { path, target, name } of going) if (this.#files.has(target)) this.#files.set(path, name);
  }

  sizes(): { of(paths: ReadonlySet<TreePath>): number } {
    const files = storedFiles(this.#tree).filter(({ paths }) => paths.some((path) => this.#files.has(path)));
    return {
      of: (going) =>
        files.reduce((sum, { paths, sizeBytes }) => sum + (paths.every((path) => going.has(path)) ? sizeBytes : 0), 0),
    };
  }

  /** Alternatives are links to links: those to a manual page go with it. */
  #linkClass(path: TreePath, target: TreePath): SlimClassName | undefined {
    return path.startsWith('etc/alternatives/') ? this.#classOf(target) : this.#classOf(path);
  }

  #keep(path: TreePath): void {
    const name = this.#files.get(path);
    if (name === undefined) return;
    this.#files.delete(path);
    this.#kept.set(name, (this.#kept.get(name) ?? 0) + 1);
  }
}

function bySize(left: SlimClassProposal, right: SlimClassProposal): number {
  return right.sizeBytes - left.sizeBytes || (left.name < right.name ? -1 : 1);
}

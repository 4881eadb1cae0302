import type { ByteString } from '../../bytes/index.ts';
import { baseName, joinPath, type Node, parentPath, type Tree, type TreePath, treePath } from '../../tree/index.ts';
import { dataBytes } from '../data-bytes.ts';
import { readApk } from './apk.ts';
import { readDpkg } from './dpkg.ts';
import type { InstalledPackage } from './installed-package.ts';

/** What is in the tree of one package. */
export interface PackageUsage {
  readonly manager: 'dpkg' | 'apk';
  readonly name: string;
  readonly version: string;
  /** Of the data of its files that are still there. */
  readonly sizeBytes: number;
  /** Names of everything but directories. */
  readonly files: number;
}

/** Which packages hold the bytes of a tree. */
export interface PackagesUsage {
  /** The largest first. */
  readonly packages: readonly PackageUsage[];
  /** What belongs to no package. */
  readonly rest: { readonly sizeBytes: number; readonly files: number };
  /** Databases that are there and not read, by the name of their package manager. */
  readonly unread: readonly 'rpm'[];
}

/** Where rpm keeps its database, which is a Berkeley DB, an NDB or a SQLite file. */
const RPM_PLACES = ['var/lib/rpm', 'usr/lib/sysimage/rpm', 'usr/share/rpm'];

/**
 * Measures the packages of dpkg and apk in `tree` by the files that their databases list; a file that several list
 * belongs to the first, by hard link or by name.
 */
export function measurePackages(tree: Tree): PackagesUsage {
  const claims = new Claims(tree);
  const packages = [...readDpkg(tree), ...readApk(tree)].map((one) => claims.measure(one));
  packages.sort((left, right) => right.sizeBytes - left.sizeBytes || (left.name < right.name ? -1 : 1));
  const unread = RPM_PLACES.some((place) => isFilledDirectory(tree, place)) ? (['rpm'] as const) : [];
  return { packages, rest: claims.rest(), unread };
}

class Claims {
  readonly #tree: Tree;
  readonly #paths = new Set<TreePath>();
  readonly #nodes = new Set<Node>();
  /** Where directories lead to, as written → as they are: databases know nothing of a merged /usr. */
  readonly #directories = new Map<TreePath, TreePath | undefined>();

  constructor(tree: Tree) {
    this.#tree = tree;
  }

  measure({ manager, name, version, paths }: InstalledPackage): PackageUsage {
    const places = paths.flatMap((path) => this.#place(path) ?? []);
    return { manager, name, version, ...this.#claim(places) };
  }

  /** Claims what nobody has claimed. */
  rest(): PackagesUsage['rest'] {
    return this.#claim([...this.#tree.walk()].map(({ path }) => path));
  }

  #claim(paths: Iterable<TreePath>): { readonly sizeBytes: number; readonly files: number } {
    let sizeBytes = 0;
    let files = 0;
    for (const path of paths) {
      const node = this.#tree.lookup(path);
      if (node === undefined || node.kind === 'directory' || this.#paths.has(path)) continue;
      this.#paths.add(path);
      files += 1;
      if (node.kind !== 'file' || this.#nodes.has(node)) continue;
      this.#nodes.add(node);
      sizeBytes += dataBytes(node.content);
    }
    return { sizeBytes, files };
  }

  #place(text: ByteString): TreePath | undefined {
    const path = treePath(text);
    if (path === undefined || path === '') return undefined;
    const directory = this.#directory(parentPath(path));
    return directory === undefined ? undefined : joinPath(directory, baseName(path));
  }

  #directory(path: TreePath): TreePath | undefined {
    if (!this.#directories.has(path)) this.#directories.set(path, this.#tree.resolve(path)?.path);
    return this.#directories.get(path);
  }
}

function isFilledDirectory(tree: Tree, path: string): boolean {
  const node = tree.resolve(path as ByteString)?.node;
  return node?.kind === 'directory' && node.children.size > 0;
}

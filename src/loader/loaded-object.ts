import type { ByteString } from '../bytes/index.ts';
import type { ElfFile } from '../elf/index.ts';
import type { TreePath } from '../tree/index.ts';
import type { FoundFile } from './root-files.ts';

/** By which rule a library was found, or that it was not. */
export type SearchReason =
  | 'absolute'
  | 'rpath'
  | 'ld-library-path'
  | 'runpath'
  | 'cache'
  | 'default'
  | 'already-loaded'
  | 'not-found';

/** A file of the right name that the loader does not take, and why. */
export interface PassedOver {
  readonly path: ByteString;
  readonly why: string;
}

/** One library that an object asks for. */
export interface Dependency {
  /** As in the object: `libc.so.6`, or a path. */
  readonly name: ByteString;
  readonly reason: SearchReason;
  /** The path by which the loader opens it, if it was found. */
  readonly path?: ByteString;
  /** Where that leads to. */
  readonly realPath?: TreePath;
  /** Whether the program starts without it (DT_AUXILIARY). */
  readonly optional: boolean;
  /** If it was not found: the directories and caches that were looked into, in their order. */
  readonly searched: readonly ByteString[];
  readonly passedOver: readonly PassedOver[];
}

/** A file that is loaded into a program: the program itself, its loader, or a library. */
export interface LoadedObject {
  readonly role: 'program' | 'loader' | 'library';
  /** As the kernel or the loader opens it. */
  readonly path: ByteString;
  readonly realPath: TreePath;
  /** Every symbolic link on the way from `path` to `realPath`. */
  readonly linkPaths: readonly TreePath[];
  readonly elf: ElfFile;
  readonly needed: readonly Dependency[];
}

/** A {@link LoadedObject} while its libraries are looked for. */
export interface LoadingObject extends LoadedObject {
  readonly file: FoundFile;
  /** The object that it was first loaded for. */
  readonly loadedBy: LoadingObject | undefined;
  readonly needed: Dependency[];
}

/** An object that was just found. */
export function loadingObject(
  role: LoadedObject['role'],
  file: FoundFile,
  { elf, loadedBy }: { readonly elf: ElfFile; readonly loadedBy: LoadingObject | undefined },
): LoadingObject {
  const { path, realPath, links } = file;
  return { role, path, realPath, linkPaths: links, elf, needed: [], file, loadedBy };
}

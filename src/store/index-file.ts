import { PlinthError } from '../errors/index.ts';
import {
  ANNOTATIONS,
  type Descriptor,
  encodeIndex,
  formatFamiliarReference,
  formatReference,
  type Index,
  MEDIA_TYPES,
  parseIndex,
  parseReference,
  type Reference,
} from '../oci/index.ts';
import type { StoreErrorCode } from './error.ts';
import { familiarName } from './familiar-name.ts';
import type { StoreLocks } from './locks.ts';
import { readOptionalFile, type StoreFiles, syncDirectory } from './store-files.ts';

const EMPTY_INDEX: Index = { schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests: [] };

/**
 * `oci/index.json`: which images there are and what they are called. One descriptor for each name; an image without a
 * name has one descriptor without annotation.
 *
 * A name is written in both forms that tools look for. `org.opencontainers.image.ref.name` is the familiar one, so that
 * `skopeo inspect oci:ROOT/oci:minios:latest` and `umoci stat --image ROOT/oci:minios:latest` take what `plinth images`
 * prints (both compare it letter by letter). `io.containerd.image.name` is the full one, which containerd, Docker and
 * Podman prefer on loading: without it Podman would call the image `localhost/minios`.
 */
export class IndexFile {
  readonly #files: StoreFiles;
  readonly #locks: StoreLocks;

  constructor(files: StoreFiles, locks: StoreLocks) {
    this.#files = files;
    this.#locks = locks;
  }

  /** Its descriptors now. @throws PlinthError `store-invalid` */
  read(): readonly Descriptor[] {
    return this.#read().manifests;
  }

  /**
   * Replaces the descriptors by what `change` makes of them, alone among all writers; `change` may first write the blobs
   * that it names, which are durable before the file is. Nothing is written if it returns what it was given.
   */
  update(change: (manifests: readonly Descriptor[]) => readonly Descriptor[]): void {
    this.#locks.withIndex(() => {
      const index = this.#read();
      const manifests = change(index.manifests);
      if (manifests === index.manifests) return;
      syncDirectory(this.#files.paths.blobs);
      this.#files.replace(this.#files.paths.indexFile, encodeIndex({ ...index, manifests }), { durable: true });
    });
  }

  #read(): Index {
    const path = this.#files.paths.indexFile;
    const bytes = readOptionalFile(path);
    if (bytes === undefined) return EMPTY_INDEX;
    try {
      return parseIndex(bytes, 'index.json');
    } catch (cause) {
      throw new PlinthError<StoreErrorCode>(`read ${path}: it is not the index of an OCI image layout`, {
        code: 'store-invalid',
        hint: 'Restore the file, or remove it to begin with no images (the blobs stay until plinth prune).',
        cause,
        details: { path },
      });
    }
  }
}

/** The name of a descriptor in index.json as Docker shows it, `minios:latest`; undefined if it has none. */
export function nameOf(descriptor: Descriptor): string | undefined {
  const { [ANNOTATIONS.containerdName]: full, [ANNOTATIONS.refName]: short } = descriptor.annotations ?? {};
  if (full === undefined || short === undefined) return familiar(full ?? short);
  const name = familiar(full);
  // BuildKit writes only the tag into the short one. Tools that rename change only that one, and then it counts.
  return name?.endsWith(`:${short}`) ? name : familiar(short);
}

function familiar(text: string | undefined): string | undefined {
  // Another tool may have written a name that is no reference; it is still the name.
  return text === undefined ? undefined : (familiarName(text) ?? text);
}

/** The descriptor without a name. */
export function withoutName(descriptor: Descriptor): Descriptor {
  const { annotations, ...rest } = descriptor;
  const others = Object.entries(annotations ?? {}).filter(
    ([key]) => key !== ANNOTATIONS.refName && key !== ANNOTATIONS.containerdName,
  );
  return others.length === 0 ? rest : { ...rest, annotations: Object.fromEntries(others) };
}

function withName(descriptor: Descriptor, name: Reference | string): Descriptor {
  const names: Record<string, string> =
    typeof name === 'string'
      ? { [ANNOTATIONS.refName]: name }
      : { [ANNOTATIONS.containerdName]: formatReference(name), [ANNOTATIONS.refName]: formatFamiliarReference(name) };
  return { ...descriptor, annotations: { ...descriptor.annotations, ...names } };
}

function parsedOrAsItIs(name: string): Reference | string {
  try {
    return parseReference(name);
  } catch {
    return name;
  }
}

/** `target` once for each of `names` (as {@link nameOf} gives them), or once without a name if there are none. */
export function namedDescriptors(target: Descriptor, names: readonly string[]): Descriptor[] {
  const bare = withoutName(target);
  return names.length === 0 ? [bare] : names.map((name) => withName(bare, parsedOrAsItIs(name)));
}

/**
 * `manifests` with `target` under each of `names`. An image that loses its last name thereby stays, without one, as in
 * Docker. Without names, `target` is added nameless unless it is there already.
 * Returns `manifests` itself if nothing changes.
 */
export function nameDescriptor(
  manifests: readonly Descriptor[],
  target: Descriptor,
  names: readonly Reference[],
): readonly Descriptor[] {
  const wanted = new Map(names.map((name) => [formatFamiliarReference(name), name]));
  const present = manifests.filter((entry) => entry.digest === target.digest).map(nameOf);
  if (wanted.size === 0) return present.length > 0 ? manifests : [...manifests, withoutName(target)];
  const missing = [...wanted].filter(([name]) => !present.includes(name));
  if (missing.length === 0) return manifests;
  const bare = withoutName(target);
  const rest = manifests.filter((entry) => {
    const name = nameOf(entry);
    if (name === undefined) return entry.digest !== target.digest;
    return entry.digest === target.digest || !wanted.has(name);
  });
  const kept = [...rest, ...missing.map(([, name]) => withName(bare, name))];
  return [...kept, ...orphans(manifests, kept)];
}

/** `manifests` without the name `name`; the image stays if that was its last. Returns `manifests` itself if nobody had it. */
export function unnameDescriptor(manifests: readonly Descriptor[], name: string): readonly Descriptor[] {
  const kept = manifests.filter((entry) => nameOf(entry) !== name);
  if (kept.length === manifests.length) return manifests;
  return [...kept, ...orphans(manifests, kept)];
}

/** The descriptors of `before` whose digests are not in `after`, each once, without names. */
function orphans(before: readonly Descriptor[], after: readonly Descriptor[]): Descriptor[] {
  const known = new Set(after.map((entry) => entry.digest));
  const lost = before.filter((entry) => !known.has(entry.digest) && known.add(entry.digest));
  return lost.map(withoutName);
}

import { closeSync, createReadStream, existsSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { decompress, detectCompression, scanTar } from '../archive/index.ts';
import { PlinthError } from '../errors/index.ts';
import { fileSource, readTreePaced, writeWhole } from '../host/index.ts';
import type { Store, StoredImage } from '../store/index.ts';
import { applyLayer, readLayer, Tree } from '../tree/index.ts';
import type { SdkErrorCode } from './error.ts';

/** What a root file system is taken from. */
export type SourceKind = 'image' | 'directory' | 'tar';

/** A root file system that can be read until it is closed. */
export interface OpenTree {
  readonly kind: SourceKind;
  readonly tree: Tree;
  /** Tells this file system from others with the same names, sizes and times. */
  readonly identity?: string;
  close(): void;
}

/**
 * The root file system that `source` means: an image of the store, a directory, or a tar in any compression
 * ({@link sourceImage} says which).
 *
 * @throws PlinthError `disk-source-invalid`, `image-not-found`, and those of `archive/`, `tree/` and `host/`
 */
export async function openTree(store: Store, source: string, signal?: AbortSignal): Promise<OpenTree> {
  const image = sourceImage(store, source);
  if (image !== undefined) {
    const tree = store.tree(image.config.rootfs.diff_ids);
    return { kind: 'image', tree, identity: image.configDigest, close: () => {} };
  }
  const stat = statSync(source, { throwIfNoEntry: false });
  if (stat?.isDirectory()) return openDirectory(source, signal);
  if (stat?.isFile()) return openTar(store, source, signal);
  throw invalid(source, stat === undefined ? 'no such file or directory' : 'it is neither a file nor a directory');
}

/** Whether `source` is written as a path: `/x`, `./x`, `../x`, `.`, `..`. */
export function isWrittenAsPath(source: string): boolean {
  return /^(?:\.{0,2}\/|\.{1,2}$)/.test(source);
}

/**
 * The image that `source` means; undefined for what is written as a path, and for what exists as one and is no image's
 * name. So `minios` is the image also beside a directory of that name, which is `./minios`.
 *
 * @throws PlinthError `image-not-found`
 */
export function sourceImage(store: Store, source: string): StoredImage | undefined {
  if (isWrittenAsPath(source)) return undefined;
  return existsSync(source) ? store.images.findNamed(source) : store.images.find(source);
}

async function openDirectory(path: string, signal?: AbortSignal): Promise<OpenTree> {
  const tree = await readTreePaced(path, { xattrs: true, holes: true, ...(signal === undefined ? {} : { signal }) });
  return { kind: 'directory', tree, close: () => {} };
}

async function openTar(store: Store, path: string, signal?: AbortSignal): Promise<OpenTree> {
  if (readHead(path) === 'none') return openPlainTar(path, () => {});
  store.files.ready();
  const plain = store.files.temporary();
  const remove = (): void => rmSync(plain, { force: true });
  try {
    await expandFile(path, plain, signal);
    return openPlainTar(plain, remove);
  } catch (error) {
    remove();
    throw error;
  }
}

function openPlainTar(path: string, remove: () => void): OpenTree {
  const source = fileSource(path);
  const close = (): void => {
    source.close();
    remove();
  };
  try {
    const tree = applyLayer(new Tree(), readLayer(scanTar(source), source, { markers: false }));
    return { kind: 'tar', tree, close };
  } catch (error) {
    close();
    throw error;
  }
}

const HEAD_BYTES = 512;

function readHead(path: string): ReturnType<typeof detectCompression> {
  const source = fileSource(path);
  try {
    const head = Buffer.alloc(Math.min(HEAD_BYTES, source.sizeBytes));
    source.read(head, 0);
    return detectCompression(head);
  } finally {
    source.close();
  }
}

function expandFile(from: string, to: string, signal?: AbortSignal): Promise<void> {
  return expandTo(createReadStream(from, { highWaterMark: 1 << 20 }), to, signal);
}

async function expandTo(chunks: AsyncIterable<Uint8Array>, to: string, signal?: AbortSignal): Promise<void> {
  const fd = openSync(to, 'wx', 0o600);
  try {
    for await (const chunk of decompress(chunks)) {
      signal?.throwIfAborted();
      writeWhole(fd, chunk);
    }
  } finally {
    closeSync(fd);
  }
}

/** A stream that is either a tar, opened as a tree, or something else, given as the path of a file. */
export type OpenStream =
  | { readonly kind: 'tar'; readonly open: OpenTree }
  | { readonly kind: 'other'; readonly text: string };

/** The most bytes of a stream that is no tar and is taken as text. */
const TEXT_LIMIT_BYTES = 1 << 20;

/**
 * A stream as the tree of the tar that it is, in any compression; or as text, if it is no tar.
 *
 * @throws PlinthError of `archive/` and `tree/`
 */
export async function openStream(
  store: Store,
  chunks: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<OpenStream> {
  store.files.ready();
  const plain = store.files.temporary();
  const remove = (): void => rmSync(plain, { force: true });
  try {
    await expandTo(chunks, plain, signal);
    if (isTar(plain)) return { kind: 'tar', open: openPlainTar(plain, remove) };
    const text = readFileSync(plain).subarray(0, TEXT_LIMIT_BYTES).toString();
    remove();
    return { kind: 'other', text };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Whether the file begins with the header of a tar's entry. */
function isTar(path: string): boolean {
  const source = fileSource(path);
  try {
    return scanTar(source).next().done === false;
  } catch {
    return false;
  } finally {
    source.close();
  }
}

function invalid(source: string, fact: string): PlinthError<SdkErrorCode> {
  return new PlinthError(`open ${source}: ${fact}`, {
    code: 'disk-source-invalid',
    hint: 'Give the name of an image (plinth images), a tar, or a directory.',
    details: { path: source },
  });
}

import { createReadStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ByteString } from '../bytes/index.ts';
import { PlinthError } from '../errors/index.ts';
import { loadImages, openStore, type Store, type StoredImage } from '../store/index.ts';
import { mustTreePath, type Tree } from '../tree/index.ts';
import type { SdkErrorCode } from './error.ts';

/** The most of a manifest.json that is looked at: web applications have a file of this name, too. */
const MANIFEST_HEAD_BYTES = 64 * 1024;

/** Whether `tree` is no root file system but what `docker save` or an OCI tool writes of an image. */
export function isImageArchive(tree: Tree): boolean {
  if (headOf(tree, 'oci-layout').includes('"imageLayoutVersion"')) return true;
  const manifest = headOf(tree, 'manifest.json').trimStart();
  return manifest.startsWith('[') && manifest.includes('"Config"') && manifest.includes('"Layers"');
}

function headOf(tree: Tree, name: string): string {
  const node = tree.lookup(mustTreePath(name as ByteString));
  if (node?.kind !== 'file') return '';
  const head = Buffer.alloc(Math.min(MANIFEST_HEAD_BYTES, node.content.sizeBytes));
  node.content.read(head, 0);
  return head.toString('latin1');
}

/**
 * Gives the one image of the archive or image layout at `path` to `use`, from a store that is removed afterwards.
 *
 * @throws PlinthError `archive-several-images`, and those of loading an archive
 */
export async function withArchivedImage<Result>(
  path: string,
  use: (store: Store, image: StoredImage) => Result | Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  const root = mkdtempSync(join(tmpdir(), 'plinth-archive-'));
  const store = openStore(root);
  try {
    const from = statSync(path).isDirectory()
      ? { kind: 'directory' as const, path }
      : { kind: 'archive' as const, chunks: createReadStream(path, { highWaterMark: 1 << 20 }) };
    const images = await loadImages(store, from, signal === undefined ? {} : { signal });
    const [image] = images;
    if (image === undefined || images.length > 1) throw severalImages(path, images);
    return await use(store, image);
  } finally {
    store.close();
    rmSync(root, { recursive: true, force: true });
  }
}

function severalImages(path: string, images: readonly StoredImage[]): PlinthError<SdkErrorCode> {
  const names = images.flatMap((image) => image.names).slice(0, 10);
  return new PlinthError(`open ${path}: it holds ${images.length} images, and one is wanted`, {
    code: 'archive-several-images',
    hint: `Load it (plinth load -i ${path}) and name one${names.length === 0 ? '' : `: ${names.join(', ')}`}.`,
    details: { path, images: names },
  });
}
